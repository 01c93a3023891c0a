import { PathEstimator } from "../../../proto/congestion/path_estimator.ts";
import type { ArrivalSample } from "../../../proto/congestion/sent_log.ts";
import type { ArrivalReport } from "../../../proto/media_stream/arrival_report.ts";
import {
  encodeStreamHeader,
  NIL_STREAM_ID,
  StreamKind,
} from "../../../proto/media_stream/stream_header.ts";
import { ProcessorLag } from "../../../proto/congestion/processor_lag.ts";
import type { MediaPath } from "../transport/webtransport_session.ts";
import { AudioDatagrams } from "./audio_datagrams.ts";
import type { LayerPath } from "./layer_gate.ts";
import { PaddingProbe } from "./padding_probe.ts";
import { SendingRate } from "./sending_rate.ts";
import { UplinkStream } from "./uplink_stream.ts";

/** How long the end of a closed stream may go unreported before it is forgotten, milliseconds. */
export const CLOSED_STREAM_MEMORY_MS = 2_000;
/** Padding goes after everything else. */
const PADDING_SEND_ORDER = 0;
/** Bytes of a question whether the path still works. */
const QUESTION_LENGTH = 16;

interface OpenStream {
  readonly stream: UplinkStream;
  closedAtMs: number | undefined;
}

/**
 * The way to the media handler through one session: opens streams and packs audio datagrams, and
 * estimates from the media handler's reports what the path carries.
 */
export class Uplink {
  readonly #lag = new ProcessorLag();
  readonly estimator = new PathEstimator();
  /** How many frames of before each audio datagram repeats for its stream. */
  repeatedFrames = 1;
  readonly #path: MediaPath;
  readonly #now: () => number;
  readonly #streams = new Map<number, OpenStream>();
  readonly #audio = new AudioDatagrams();
  readonly #rate = new SendingRate();
  #nextDeliveryNumber = 1;
  /** When the first audio datagram left of which no report tells, and how many have been told of. */
  #audioUnreportedSinceMs: number | undefined;
  #audioReported = 0;
  #padding: { readonly stream: UplinkStream; probe: PaddingProbe | undefined } | undefined;

  constructor(path: MediaPath, now: () => number) {
    this.#path = path;
    this.#now = now;
  }

  /** Bits per second of media that were sent lately. */
  get sendingBps(): number {
    return this.#rate.bitrateBps(this.#now());
  }

  /** Bytes written and not reported as arrived, datagrams left out. */
  get bytesInFlight(): number {
    let bytes = 0;
    for (const { stream } of this.#streams.values()) bytes += stream.log.bytesInFlight;
    return bytes;
  }

  /** Age of the oldest thing sent that no report tells of, milliseconds; 0 without any. */
  oldestAgeMs(): number {
    const nowMs = this.#now();
    let oldestMs = nowMs - (this.#audioUnreportedSinceMs ?? nowMs);
    for (const { stream } of this.#streams.values()) {
      oldestMs = Math.max(oldestMs, stream.log.oldestAgeMs(nowMs));
    }
    return oldestMs;
  }

  /** How the path looks to one of its streams. */
  layerPath({ log }: UplinkStream): LayerPath {
    const { state, queueingDelayMs, baseRttMs } = this.estimator;
    const oldestAgeMs = log.oldestAgeMs(this.#now());
    return { state, queueingDelayMs, baseRttMs, oldestAgeMs, bytesInFlight: log.bytesInFlight };
  }

  /** Opens a stream for one layer of an own stream. */
  open(options: {
    readonly streamId: string;
    readonly spatialLayer: number;
    readonly sendOrder: number;
    readonly onFailed: () => void;
  }): UplinkStream {
    return this.#open(StreamKind.publish, options);
  }

  /** Ends a stream after what was written. */
  close(stream: UplinkStream): void {
    stream.close();
    for (const open of this.#streams.values()) {
      if (open.stream === stream) open.closedAtMs = this.#now();
    }
  }

  /** Sends an audio frame that fits into a datagram, with those before it while packets get lost. */
  sendAudio(streamId: string, frame: Uint8Array): void {
    const nowMs = this.#now();
    const datagram = this.#audio.pack(streamId, frame, this.repeatedFrames, nowMs);
    this.#audioUnreportedSinceMs ??= nowMs;
    this.#mediaSent(datagram.length, nowMs);
    this.estimator.onDatagramSent(datagram.length, nowMs);
    this.#path.datagrams.send(datagram);
  }

  /** An own audio stream is sent no more. */
  forgetAudio(streamId: string): void {
    this.#audio.forget(streamId);
  }

  /** Takes what the media handler says has arrived. */
  report({ datagrams, streams, nextWithinMs }: ArrivalReport): void {
    const nowMs = this.#now();
    const samples: ArrivalSample[] = [];
    let rttMs: number | undefined;
    for (const arrivals of streams) {
      const open = this.#streams.get(arrivals.deliveryNumber);
      // An entry of a closed stream may still arrive; one beyond what was sent is the peer's fault.
      const news = open?.stream.log.take(arrivals, nowMs);
      if (news === undefined) continue;
      samples.push(...news.samples);
      if (news.rttMs !== undefined) rttMs = Math.min(rttMs ?? news.rttMs, news.rttMs);
    }
    if (datagrams.expected !== this.#audioReported) {
      this.#audioReported = datagrams.expected;
      this.#audioUnreportedSinceMs = undefined;
    }
    this.estimator.onReport({
      samples,
      datagrams: datagrams.expected > 0 ? datagrams : undefined,
      nowMs,
      rttMs,
      nextWithinMs,
      lagMs: this.#lag.lagMs(nowMs),
    });
  }

  /** The timer of {@link update} fired `lateMs` after its time. */
  timerFired(lateMs: number): void {
    this.#lag.timerFired(lateMs, this.#now());
  }

  /**
   * Lets time pass: to be called every 10 to 50 ms while anything is under way. `wantedBps` is what
   * the path would have to carry so that everything wanted can be sent.
   */
  update(wantedBps: number): void {
    const nowMs = this.#now();
    this.#forgetClosed(nowMs);
    this.estimator.update(nowMs, {
      oldestAgeMs: this.oldestAgeMs(),
      bytesInFlight: this.bytesInFlight,
      lagMs: this.#lag.lagMs(nowMs),
    });
    this.#probe(nowMs, wantedBps);
  }

  /** Sends a few bytes that must be answered with a report: whether the path still works. */
  ask(): void {
    this.#paddingStream().stream.write(new Uint8Array(QUESTION_LENGTH));
  }

  #probe(nowMs: number, wantedBps: number): void {
    const running = this.#padding?.probe;
    if (running === undefined) {
      const probe = this.estimator.probe(nowMs, { sendingBps: this.sendingBps, wantedBps });
      if (probe !== undefined) this.#paddingStream().probe = new PaddingProbe(probe, nowMs);
      return;
    }
    const stopped = !this.estimator.probing;
    const bytes = stopped ? 0 : running.due(nowMs);
    if (bytes > 0) this.#paddingStream().stream.write(new Uint8Array(bytes));
    if (!stopped && !running.ended(nowMs)) return;
    this.#paddingStream().probe = undefined;
    if (!stopped) this.estimator.probeEnded(nowMs);
  }

  #paddingStream() {
    return this.#padding ??= {
      stream: this.#open(StreamKind.padding, {
        streamId: NIL_STREAM_ID,
        spatialLayer: 0,
        sendOrder: PADDING_SEND_ORDER,
        onFailed: () => this.#padding = undefined,
      }),
      probe: undefined,
    };
  }

  #open(
    kind: StreamKind,
    { streamId, spatialLayer, sendOrder, onFailed }: Parameters<Uplink["open"]>[0],
  ): UplinkStream {
    const deliveryNumber = this.#nextDeliveryNumber++;
    const stream = new UplinkStream({
      session: this.#path.session,
      sendOrder,
      header: encodeStreamHeader({ kind, streamId, spatialLayer, deliveryNumber }),
      now: this.#now,
      onWritten: (bytes) => {
        const nowMs = this.#now();
        this.estimator.onSent(bytes, nowMs);
        if (kind !== StreamKind.padding) this.#mediaSent(bytes, nowMs);
      },
      onFailed: () => {
        this.#streams.delete(deliveryNumber);
        onFailed();
      },
    });
    this.#streams.set(deliveryNumber, { stream, closedAtMs: undefined });
    return stream;
  }

  #mediaSent(bytes: number, nowMs: number): void {
    this.#rate.sent(bytes, nowMs);
    this.#padding?.probe?.mediaSent(bytes);
  }

  /** Closed streams are remembered until all of them has been reported, or soon enough. */
  #forgetClosed(nowMs: number): void {
    for (const [deliveryNumber, { stream, closedAtMs }] of this.#streams) {
      if (closedAtMs === undefined) continue;
      const reported = stream.log.bytesInFlight === 0;
      if (reported || nowMs - closedAtMs >= CLOSED_STREAM_MEMORY_MS) {
        this.#streams.delete(deliveryNumber);
      }
    }
  }
}
