import type { Frame } from "../../../proto/media_frame/frame_parser.ts";
import {
  encodeStreamHeader,
  NIL_STREAM_ID,
  StreamKind,
} from "../../../proto/media_stream/stream_header.ts";
import type { Clock } from "../clock.ts";
import { Flight, type SubscriberFlight } from "../congestion/flight.ts";
import { audioFlightPolicy, type FlightPolicy } from "../congestion/flight_policy.ts";
import { AUDIO_BATCH_SPEAKERS, AUDIO_FRAME_DURATION_MS } from "../limits.ts";
import type { PublicationFeed, Subscription } from "../routing/subscription.ts";
import type { AudioBatchTimer } from "./audio_batch_timer.ts";
import type { OutgoingStream } from "./outgoing_stream.ts";

/** What an audio delivery needs to know. */
export interface AudioDeliveryOptions {
  readonly shared: SubscriberFlight;
  readonly clock: Clock;
  readonly batches: AudioBatchTimer;
  readonly policy?: FlightPolicy;
}

/**
 * The audio of all speakers on its way to one subscriber, on one unidirectional stream. While three
 * or more speak, their frames of the same moment are written together. What is too late is dropped,
 * never kept: the newest sound goes on.
 */
export class AudioDelivery {
  readonly #shared: SubscriberFlight;
  readonly #clock: Clock;
  readonly #batches: AudioBatchTimer;
  readonly #flight: Flight;
  #stream: OutgoingStream | undefined;
  #ended = false;
  #batch: Uint8Array[] = [];
  #batchBytes = 0;
  #periodStartedAtMs = -Infinity;
  #framesThisPeriod = 0;
  #framesLastPeriod = 0;

  constructor(options: AudioDeliveryOptions) {
    this.#shared = options.shared;
    this.#clock = options.clock;
    this.#batches = options.batches;
    this.#flight = new Flight(options.policy ?? audioFlightPolicy, options.shared);
  }

  /** Bytes that the subscriber has not acknowledged. */
  get bytesInFlight(): number {
    return this.#flight.bytesInFlight;
  }

  /** Whether the subscriber's next acknowledgement is needed soon. */
  wantsAcknowledgements(nowMs: number): boolean {
    return this.#flight.wantsAcknowledgements(nowMs);
  }

  /** The stream is open: sends its header. */
  start(stream: OutgoingStream, deliveryNumber: number): void {
    if (this.#ended) {
      stream.close();
      return;
    }
    const header = encodeStreamHeader({
      kind: StreamKind.forwardAudio,
      spatialLayer: 0,
      deliveryNumber,
      streamId: NIL_STREAM_ID,
    });
    stream.write(header);
    this.#flight.sent(header.length, this.#clock.now());
    this.#stream = stream;
  }

  /** One speaker's share of the delivery. */
  subscription(feed: PublicationFeed): Subscription {
    const shared = this.#shared;
    return {
      offer: (frame, nowMs) => this.#offer(feed, frame, nowMs),
      layersChanged: () => {},
      setOptions: () => {},
      wish: undefined,
      end: () => {},
      get rttMs() {
        return shared.smoothedRttMs;
      },
    };
  }

  /** Takes the subscriber's cumulative count; false when it claims more than was sent. */
  acknowledge(receivedBytes: number, nowMs: number): boolean {
    if (!this.#flight.acknowledge(receivedBytes, nowMs)) return false;
    this.#flight.resume(nowMs);
    return true;
  }

  /** The session or the stream is gone. */
  release(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#batch = [];
    this.#stream?.close();
    this.#stream = undefined;
    this.#flight.release();
  }

  /** Writes what was collected, as one piece. */
  flush(): void {
    const batch = this.#batch;
    const bytes = this.#batchBytes;
    if (this.#stream === undefined || batch.length === 0) return;
    this.#batch = [];
    this.#batchBytes = 0;
    const joined = new Uint8Array(bytes);
    let offset = 0;
    for (const frame of batch) {
      joined.set(frame, offset);
      offset += frame.length;
    }
    this.#stream.write(joined);
    this.#flight.sent(bytes, this.#clock.now());
  }

  #offer(feed: PublicationFeed, { bytes }: Frame, nowMs: number): void {
    if (this.#stream === undefined) return;
    const waiting = this.#batchBytes + bytes.length;
    if (!this.#flight.admits(waiting, nowMs) && !this.#flight.probes(waiting, nowMs)) {
      feed.meter.framesSkipped++;
      return;
    }
    feed.meter.bytesSent += bytes.length;
    feed.meter.framesSent++;
    if (this.#severalSpeak(nowMs) || this.#batch.length > 0) {
      this.#batch.push(bytes);
      this.#batchBytes += bytes.length;
      if (this.#batch.length === 1) this.#batches.add(this);
      return;
    }
    this.#stream.write(bytes);
    this.#flight.sent(bytes.length, nowMs);
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
