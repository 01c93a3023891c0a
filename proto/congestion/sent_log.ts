import type { StreamArrivals } from "../media_stream/arrival_report.ts";

/** Most pieces remembered as sent and not reported; a log this full is as good as blocked. */
export const MAX_LOGGED_PIECES = 2_048;
const FIRST_CAPACITY = 32;

/** A piece of media (a frame, or padding) whose arrival the receiver reported. */
export interface ArrivalSample {
  /** When it was written, milliseconds of the sender's clock. */
  readonly sentAtMs: number;
  /** When its last byte arrived, on the receiver's clock: ticks of 100 µs modulo 2^32. */
  readonly arrivedAtTicks: number;
  /** Its length, with those before it whose arrival times were left out of the report. */
  readonly bytes: number;
  /**
   * What of it was written at `sentAtMs`: a paced frame is written in slices, and only the last of
   * them took the time from then.
   */
  readonly writtenBytes: number;
}

/** What one report told of one stream. */
export interface StreamSamples {
  /** Oldest first; empty when the report brought nothing new. */
  readonly samples: readonly ArrivalSample[];
  /** From writing the newest sample to this report, milliseconds; undefined without samples. */
  readonly rttMs: number | undefined;
}

const NOTHING_NEW: StreamSamples = { samples: [], rttMs: undefined };

/**
 * What has been written to one unidirectional stream and is not reported as arrived yet. Times are
 * milliseconds of one monotonic clock, the one that audio datagrams are stamped with. `sent` runs
 * for each frame and subscriber, so it allocates nothing once the log has its size.
 */
export class SentLog {
  #ends = new Float64Array(FIRST_CAPACITY);
  #sentAtMs = new Float64Array(FIRST_CAPACITY);
  #first = 0;
  #count = 0;
  #sentBytes = 0;
  #reportedBytes = 0;
  #sampledBytes = 0;
  /** Where the oldest piece that is not forgotten begins, and the one that was looked at last. */
  #firstBegin = 0;
  #begin = 0;

  /** Bytes written since the start of the stream. */
  get sentBytes(): number {
    return this.#sentBytes;
  }

  /** Bytes that the receiver reported since the start of the stream. */
  get reportedBytes(): number {
    return this.#reportedBytes;
  }

  /** Bytes written and not reported yet. */
  get bytesInFlight(): number {
    return this.#sentBytes - this.#reportedBytes;
  }

  /** Age of the oldest piece that is not wholly reported, milliseconds; 0 when there is none. */
  oldestAgeMs(nowMs: number): number {
    return this.#count === 0 ? 0 : nowMs - this.#sentAtMs[this.#first]!;
  }

  /**
   * Records that `bytes` more were written: the stream header, a frame, or padding. One call for what
   * is written at once.
   */
  sent(bytes: number, nowMs: number): void {
    this.#sentBytes += bytes;
    if (this.#count === MAX_LOGGED_PIECES) {
      this.#ends[this.#index(this.#count - 1)] = this.#sentBytes;
      return;
    }
    if (this.#count === this.#ends.length) this.#grow();
    const index = this.#index(this.#count++);
    this.#ends[index] = this.#sentBytes;
    this.#sentAtMs[index] = nowMs;
  }

  /**
   * Takes what a report says of this stream. Older reports than one already taken bring nothing.
   * Undefined when it claims more than was sent: only a faulty peer does.
   */
  take(arrivals: StreamArrivals, nowMs: number): StreamSamples | undefined {
    if (arrivals.receivedBytes > this.#sentBytes) return undefined;
    if (arrivals.receivedBytes <= this.#reportedBytes) return NOTHING_NEW;
    this.#reportedBytes = arrivals.receivedBytes;
    const samples: ArrivalSample[] = [];
    for (const { receivedBytes, arrivedAtTicks } of arrivals.points) {
      if (receivedBytes <= this.#sampledBytes) continue;
      const sentAtMs = this.#forgetUpTo(receivedBytes);
      const bytes = receivedBytes - this.#sampledBytes;
      const writtenBytes = Math.min(bytes, receivedBytes - this.#begin);
      samples.push({ sentAtMs, arrivedAtTicks, bytes, writtenBytes });
      this.#sampledBytes = receivedBytes;
    }
    this.#forgetUpTo(arrivals.receivedBytes);
    const newest = samples.at(-1);
    return { samples, rttMs: newest && nowMs - newest.sentAtMs };
  }

  /** Forgets what has arrived whole; returns when the last byte that has was written. */
  #forgetUpTo(receivedBytes: number): number {
    let sentAtMs = NaN;
    while (this.#count > 0) {
      const endBytes = this.#ends[this.#first]!;
      sentAtMs = this.#sentAtMs[this.#first]!;
      this.#begin = this.#firstBegin;
      if (endBytes > receivedBytes) break;
      this.#firstBegin = endBytes;
      this.#first = (this.#first + 1) % this.#ends.length;
      this.#count--;
      if (endBytes === receivedBytes) break;
    }
    return sentAtMs;
  }

  #index(position: number): number {
    return (this.#first + position) % this.#ends.length;
  }

  #grow(): void {
    const ends = new Float64Array(this.#ends.length * 2);
    const sentAtMs = new Float64Array(ends.length);
    for (let position = 0; position < this.#count; position++) {
      ends[position] = this.#ends[this.#index(position)]!;
      sentAtMs[position] = this.#sentAtMs[this.#index(position)]!;
    }
    this.#ends = ends;
    this.#sentAtMs = sentAtMs;
    this.#first = 0;
  }
}
