/** Room for what is written at once: what the path carries in this time, milliseconds. */
export const PACING_BURST_MS = 15;
/** The same while it is not known that the path carries no more. */
export const UNLIMITED_BURST_MS = 60;
/** How much faster than the estimate slices go out: they must not be what a frame waits for. */
export const PACING_GAIN = 1.5;
/**
 * The same at bitrates at which a packet takes so long that sound would wait for those before it: a
 * frame must not stand in the bottleneck's queue then.
 */
export const THIN_PACING_GAIN = 1.1;
/** Estimate below which that is so: a packet takes more than 15 ms. Bits per second. */
export const THIN_ESTIMATE_BPS = 640_000;
/** Time between slices, milliseconds. */
export const PACING_INTERVAL_MS = 5;
/** Smallest slice, bytes: what fills a packet. */
export const MIN_SLICE_BYTES = 1_200;
/** The same on a thin path: sound goes between the halves of a packet. */
export const THIN_SLICE_BYTES = 600;
/** Most bytes that wait; a frame that would exceed them is refused. */
export const MAX_PACED_BYTES = 1_536 * 1024;
/** Most frames that wait. */
export const MAX_PACED_FRAMES = 1_024;

/** Where paced bytes go. */
export interface PacedStream {
  /** Of several streams that wait, the one with the highest order goes first. */
  readonly sendOrder: number;
  /** Writes now. */
  write(bytes: Uint8Array, nowMs: number): void;
}

interface Waiting {
  readonly stream: PacedStream;
  readonly bytes: Uint8Array;
  /** Bytes of it that are written. */
  written: number;
}

/**
 * A token bucket in front of one subscriber's video: what fits goes straight through; what is larger
 * than the path carries in a moment goes out in slices, so that a key frame does not stand in the
 * bottleneck's queue ahead of sound. Pure: it is told the time and says when it wants to run again.
 */
export class Pacer {
  /** While true, what is sent waits. */
  held = false;
  #bytesPerMs = Infinity;
  #burstBytes = Infinity;
  #sliceBytes = MIN_SLICE_BYTES;
  #tokens = Infinity;
  #filledAtMs = -Infinity;
  #queue: Waiting[] = [];
  #queuedBytes = 0;

  /** Bytes that wait. */
  get queuedBytes(): number {
    return this.#queuedBytes;
  }

  /** How long what waits will take, milliseconds. */
  get queuedMs(): number {
    return this.#queuedBytes === 0 ? 0 : this.#queuedBytes / this.#bytesPerMs;
  }

  /**
   * Sets the estimate of what the path carries, bits per second; Infinity: no pacing.
   *
   * @param limited whether it is known that the path carries no more than that.
   */
  setRate(estimateBps: number, limited: boolean): void {
    const wasUnlimited = this.#bytesPerMs === Infinity;
    const isThin = limited && estimateBps < THIN_ESTIMATE_BPS;
    this.#bytesPerMs = (estimateBps * (isThin ? THIN_PACING_GAIN : PACING_GAIN)) / 8_000;
    this.#sliceBytes = isThin ? THIN_SLICE_BYTES : MIN_SLICE_BYTES;
    const burstMs = limited ? PACING_BURST_MS : UNLIMITED_BURST_MS;
    this.#burstBytes = Math.max(this.#bytesPerMs * burstMs, 2 * this.#sliceBytes);
    if (wasUnlimited) this.#tokens = this.#burstBytes;
  }

  /**
   * Writes `bytes` to `stream` now or, in slices, later; in order for each stream.
   *
   * @returns false when too much waits; nothing is written then.
   */
  send(stream: PacedStream, bytes: Uint8Array, nowMs: number): boolean {
    if (this.#queue.length === 0 && !this.held) {
      this.#fill(nowMs);
      if (bytes.length <= this.#tokens) {
        this.#tokens -= bytes.length;
        stream.write(bytes, nowMs);
        return true;
      }
    }
    if (
      this.#queuedBytes + bytes.length > MAX_PACED_BYTES || this.#queue.length >= MAX_PACED_FRAMES
    ) return false;
    this.#insert({ stream, bytes, written: 0 });
    this.#queuedBytes += bytes.length;
    this.run(nowMs);
    return true;
  }

  /** Records bytes that were sent past the pacer, such as sound. */
  passed(bytes: number, nowMs: number): void {
    this.#fill(nowMs);
    this.#tokens = Math.max(this.#tokens - bytes, -this.#burstBytes);
  }

  /** Writes what is due. */
  run(nowMs: number): void {
    if (this.held) return;
    this.#fill(nowMs);
    while (this.#queue.length > 0) {
      const first = this.#queue[0]!;
      const rest = first.bytes.length - first.written;
      const slice = Math.min(rest, Math.floor(this.#tokens));
      if (slice < Math.min(rest, this.#sliceBytes)) return;
      this.#write(first, slice, nowMs);
      if (first.written === first.bytes.length) this.#queue.shift();
    }
  }

  /** Writes `bytes` at once, whatever waits: to find out whether anything arrives. */
  force(stream: PacedStream, bytes: Uint8Array, nowMs: number): void {
    this.passed(bytes.length, nowMs);
    stream.write(bytes, nowMs);
  }

  /** `stream` gets nothing more, except the rest of a frame that was begun. */
  forget(stream: PacedStream, nowMs: number): void {
    const kept: Waiting[] = [];
    for (const waiting of this.#queue) {
      if (waiting.stream !== stream) kept.push(waiting);
      else if (waiting.written > 0) this.#write(waiting, remaining(waiting), nowMs);
      else this.#queuedBytes -= waiting.bytes.length;
    }
    this.#queue = kept;
  }

  /** Forgets everything. */
  clear(): void {
    this.#queue = [];
    this.#queuedBytes = 0;
  }

  /** Milliseconds until `run` has something to do; Infinity while nothing waits. */
  get dueInMs(): number {
    return this.#queue.length === 0 ? Infinity : PACING_INTERVAL_MS;
  }

  #write(waiting: Waiting, length: number, nowMs: number): void {
    const { stream, bytes, written } = waiting;
    waiting.written += length;
    this.#queuedBytes -= length;
    this.#tokens -= length;
    stream.write(
      length === bytes.length ? bytes : bytes.subarray(written, written + length),
      nowMs,
    );
  }

  /** After all of the same or a higher order, and after a frame that was begun. */
  #insert(waiting: Waiting): void {
    let index = this.#queue.length;
    while (index > 0) {
      const before = this.#queue[index - 1]!;
      if (before.stream.sendOrder >= waiting.stream.sendOrder || before.written > 0) break;
      index--;
    }
    this.#queue.splice(index, 0, waiting);
  }

  #fill(nowMs: number): void {
    const elapsedMs = nowMs - this.#filledAtMs;
    this.#filledAtMs = nowMs;
    if (this.#tokens === Infinity) return;
    this.#tokens = Math.min(this.#tokens + elapsedMs * this.#bytesPerMs, this.#burstBytes);
  }
}

function remaining({ bytes, written }: Waiting): number {
  return bytes.length - written;
}
