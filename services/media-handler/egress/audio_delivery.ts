import type { Frame } from "../../../proto/media_frame/frame_parser.ts";
import {
  encodeAudioDatagram,
  MAX_AUDIO_DATAGRAM_FRAME,
} from "../../../proto/media_stream/audio_datagram.ts";
import { toTicks } from "../../../proto/media_stream/report_clock.ts";
import { NIL_STREAM_ID, StreamKind } from "../../../proto/media_stream/stream_header.ts";
import type { Clock } from "../clock.ts";
import {
  MAX_REDUNDANT_FRAMES,
  redundantFrames,
} from "../../../proto/congestion/audio_redundancy.ts";
import {
  AUDIO_BATCH_SPEAKERS,
  AUDIO_FRAME_DURATION_MS,
  BLOCKED_SOUND_INTERVAL_MS,
  MAX_AUDIO_BYTES_IN_FLIGHT,
} from "../limits.ts";
import type { PublicationFeed, Subscription } from "../routing/subscription.ts";
import type { AudioBatchTimer } from "./audio_batch_timer.ts";
import { type BundledFrame, packSound } from "./audio_bundle.ts";
import type { PathStream } from "./path_stream.ts";
import { AUDIO_SEND_ORDER } from "./send_order.ts";
import type { SubscriberPath } from "./subscriber_path.ts";

/** What an audio delivery needs to know. */
export interface AudioDeliveryOptions {
  readonly path: SubscriberPath;
  readonly clock: Clock;
  readonly batches: AudioBatchTimer;
  /** Called at each frame, so that the subscriber can do what is due. */
  readonly onFrame: (nowMs: number) => void;
  /** Called when the stream for long frames could not be opened. */
  readonly onOpenFailed: (error: unknown) => void;
}

/** How long a path must have been blocked before sound is thinned out, milliseconds. */
const THINNED_AFTER_MS = 1_000;

/**
 * The sound of all speakers on its way to one subscriber, in datagrams, which wait for nothing. While
 * three or more speak, their frames of the same moment share datagrams. While the path loses
 * datagrams, frames of before are repeated.
 */
export class AudioDelivery {
  readonly #options: AudioDeliveryOptions;
  readonly #path: SubscriberPath;
  #bundle: BundledFrame[] = [];
  /** For frames that are too long for a datagram; opened with the first. */
  #longFrames: PathStream | "opening" | undefined;
  #ended = false;
  #sentAtMs = -Infinity;
  #periodStartedAtMs = -Infinity;
  #framesThisPeriod = 0;
  #framesLastPeriod = 0;

  constructor(options: AudioDeliveryOptions) {
    this.#options = options;
    this.#path = options.path;
  }

  /** One speaker's share of the delivery. */
  subscription(feed: PublicationFeed): Subscription {
    const path = this.#path;
    let recent: Uint8Array[] = [];
    return {
      offer: (frame, nowMs) => {
        this.#options.onFrame(nowMs);
        const repeated = this.#repeated(recent, frame.bytes.length);
        const taken = this.#offer({ frame: frame.bytes, repeated }, nowMs);
        recent = [...recent.slice(1 - MAX_REDUNDANT_FRAMES), frame.bytes];
        count(feed, frame, taken);
      },
      layersChanged: () => {},
      setOptions: () => {},
      end: () => {},
      wish: undefined,
      get rttMs() {
        return path.estimator.roundTripMs;
      },
    };
  }

  /** Sends what was collected. */
  flush(): void {
    const bundle = this.#bundle;
    this.#bundle = [];
    if (!this.#ended) this.#send(bundle, this.#options.clock.now());
  }

  /** The session is gone. */
  release(): void {
    this.#ended = true;
    this.#bundle = [];
  }

  /** Those of `recent` that the path's loss asks for, as far as they fit a datagram at all. */
  #repeated(recent: readonly Uint8Array[], frameBytes: number): readonly Uint8Array[] {
    const { lossRatio, lossObservations, targetBitrateBps } = this.#path.estimator;
    const speakers = Math.max(1, this.#framesLastPeriod);
    const count = redundantFrames({
      lossRatio,
      observations: lossObservations,
      estimateBps: targetBitrateBps,
      soundBps: (speakers * frameBytes * 8_000) / AUDIO_FRAME_DURATION_MS,
    });
    return count === 0
      ? []
      : recent.slice(-count).filter(({ length }) => length <= MAX_AUDIO_DATAGRAM_FRAME);
  }

  /** False when the frame is left out. */
  #offer(bundled: BundledFrame, nowMs: number): boolean {
    if (this.#ended || this.#thinnedOut(nowMs)) return false;
    if (bundled.frame.length > MAX_AUDIO_DATAGRAM_FRAME) {
      return this.#writeLong(bundled.frame, nowMs);
    }
    if (this.#severalSpeak(nowMs) || this.#bundle.length > 0) {
      this.#bundle.push(bundled);
      if (this.#bundle.length === 1) this.#options.batches.add(this);
    } else {
      this.#send([bundled], nowMs);
    }
    return true;
  }

  #send(bundle: readonly BundledFrame[], nowMs: number): void {
    this.#sentAtMs = nowMs;
    for (const frames of packSound(bundle)) {
      const number = this.#path.nextDatagramNumber;
      this.#path.sendSound(encodeAudioDatagram(number, toTicks(nowMs), frames), nowMs);
    }
  }

  /** On a path that carries nothing, old sound would only stand in the way of new. */
  #thinnedOut(nowMs: number): boolean {
    return (this.#path.blockedMs(nowMs) ?? 0) > THINNED_AFTER_MS &&
      nowMs - this.#sentAtMs < BLOCKED_SOUND_INTERVAL_MS;
  }

  #writeLong(bytes: Uint8Array, nowMs: number): boolean {
    const stream = this.#longFrames;
    if (stream === undefined) this.#openLong();
    if (stream === undefined || stream === "opening") return false;
    if (stream.bytesInFlight + bytes.length > MAX_AUDIO_BYTES_IN_FLIGHT) return false;
    this.#path.pacer.force(stream, bytes, nowMs);
    return true;
  }

  #openLong(): void {
    this.#longFrames = "opening";
    const forget = () => void (this.#longFrames = undefined);
    this.#path.streams.open({
      kind: StreamKind.forwardAudio,
      streamId: NIL_STREAM_ID,
      sendOrder: AUDIO_SEND_ORDER,
      onFailure: forget,
    }).then((stream) => void (this.#longFrames = stream), (error) => {
      forget();
      if (!this.#ended) this.#options.onOpenFailed(error);
    });
  }

  /** Each speaker sends one frame in each frame duration, so their number need not be tracked. */
  #severalSpeak(nowMs: number): boolean {
    const elapsedMs = nowMs - this.#periodStartedAtMs;
    if (elapsedMs >= AUDIO_FRAME_DURATION_MS) {
      this.#framesLastPeriod = elapsedMs < 2 * AUDIO_FRAME_DURATION_MS ? this.#framesThisPeriod : 0;
      this.#framesThisPeriod = 0;
      this.#periodStartedAtMs = nowMs;
    }
    this.#framesThisPeriod++;
    return Math.max(this.#framesLastPeriod, this.#framesThisPeriod) >= AUDIO_BATCH_SPEAKERS;
  }
}

function count({ meter }: PublicationFeed, { bytes }: Frame, taken: boolean): void {
  if (!taken) {
    meter.framesSkipped++;
    return;
  }
  meter.bytesSent += bytes.length;
  meter.framesSent++;
}
