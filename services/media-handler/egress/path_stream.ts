import type { StreamArrivals } from "../../../proto/media_stream/arrival_report.ts";
import { SentLog, type StreamSamples } from "../../../proto/congestion/sent_log.ts";
import type { PacedStream } from "../congestion/pacer.ts";
import type { OutgoingStream } from "./outgoing_stream.ts";

/** What counts the bytes of all streams of a path. */
export interface PathCounter {
  /** Bytes were written. */
  written(bytes: number, nowMs: number): void;
  /** Bytes are no longer in flight. */
  landed(bytes: number): void;
}

/** One unidirectional stream on its way to a subscriber, with what the subscriber reports of it. */
export class PathStream implements PacedStream {
  /** Named by the subscriber's reports. */
  readonly deliveryNumber: number;
  readonly sendOrder: number;
  readonly #stream: OutgoingStream;
  readonly #counter: PathCounter;
  readonly #log = new SentLog();
  #movedAtMs: number;
  #closed = false;
  #released = false;

  constructor(
    deliveryNumber: number,
    sendOrder: number,
    stream: OutgoingStream,
    counter: PathCounter,
    nowMs: number,
  ) {
    this.deliveryNumber = deliveryNumber;
    this.sendOrder = sendOrder;
    this.#stream = stream;
    this.#counter = counter;
    this.#movedAtMs = nowMs;
  }

  /** Bytes written and not reported. */
  get bytesInFlight(): number {
    return this.#log.bytesInFlight;
  }

  /** True once nothing more is written. */
  get closed(): boolean {
    return this.#closed;
  }

  /** Age of the oldest bytes that are not reported, milliseconds; 0 when there are none. */
  oldestAgeMs(nowMs: number): number {
    return this.#log.oldestAgeMs(nowMs);
  }

  /** Time since bytes were last written or reported, milliseconds. */
  quietMs(nowMs: number): number {
    return nowMs - this.#movedAtMs;
  }

  write(bytes: Uint8Array, nowMs: number): void {
    if (this.#closed) return;
    this.#stream.write(bytes);
    this.#log.sent(bytes.length, nowMs);
    this.#movedAtMs = nowMs;
    this.#counter.written(bytes.length, nowMs);
  }

  /** Takes what a report says; undefined when it claims more than was sent. */
  take(arrivals: StreamArrivals, nowMs: number): StreamSamples | undefined {
    const before = this.#log.bytesInFlight;
    const samples = this.#log.take(arrivals, nowMs);
    const landed = before - this.#log.bytesInFlight;
    if (landed > 0 && !this.#released) {
      this.#movedAtMs = nowMs;
      this.#counter.landed(landed);
    }
    return samples;
  }

  /** Ends the stream after what was written. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#stream.close();
  }

  /** The stream is gone: what was in flight no longer counts. */
  release(): void {
    this.close();
    if (this.#released) return;
    this.#released = true;
    this.#counter.landed(this.#log.bytesInFlight);
  }
}
