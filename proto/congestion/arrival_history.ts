/** Most arrivals remembered: with `MERGE_MS` at least half a second, however many streams there are. */
const CAPACITY = 128;
/** Arrivals that close together count as one, milliseconds. */
const MERGE_MS = 4;
/** Shortest train whose dispersion is believed, milliseconds. */
const MIN_TRAIN_MS = 120;
/** Pause within a train that is put down to the clocks' grain, milliseconds. */
const TRAIN_GAP_MS = 0.2;
/** Fewest arrivals that tell how busy the path is. */
const MIN_OCCUPANCY_ARRIVALS = 5;
/**
 * Shortest piece that tells it, bytes, and the time at the bitrate in question from which a shorter
 * one does: what little time it takes is lost in jitter and headers.
 */
const MIN_OCCUPANCY_BYTES = 500;
const MIN_OCCUPANCY_MS = 16;

/** The latest arrivals of a path: when, how many bytes, after what transit. A ring, oldest first. */
export class ArrivalHistory {
  readonly #arrivedAtMs = new Float64Array(CAPACITY);
  readonly #bytes = new Float64Array(CAPACITY);
  /** Those of them that were written when the transit began. */
  readonly #writtenBytes = new Float64Array(CAPACITY);
  readonly #lowestTransitMs = new Float64Array(CAPACITY);
  readonly #lastTransitMs = new Float64Array(CAPACITY);
  #first = 0;
  #count = 0;

  /** When the latest arrived; minus infinity before the first. */
  get newestMs(): number {
    return this.#count === 0 ? -Infinity : this.#arrivedAtMs[this.#index(this.#count - 1)]!;
  }

  /** Transit of the latest; minus infinity before the first. */
  get newestTransitMs(): number {
    return this.#count === 0 ? -Infinity : this.#lastTransitMs[this.#index(this.#count - 1)]!;
  }

  /**
   * Adds an arrival; one that is before the latest counts as being with it.
   *
   * @param writtenBytes those of `bytes` that were written when the transit began; else all.
   */
  add(arrivedAtMs: number, bytes: number, transitMs: number, writtenBytes = bytes): void {
    if (arrivedAtMs < this.newestMs + MERGE_MS) {
      return this.#merge(arrivedAtMs, bytes, transitMs, writtenBytes);
    }
    if (this.#count === CAPACITY) this.#first = (this.#first + 1) % CAPACITY;
    else this.#count++;
    const index = this.#index(this.#count - 1);
    this.#arrivedAtMs[index] = arrivedAtMs;
    this.#bytes[index] = bytes;
    this.#writtenBytes[index] = writtenBytes;
    this.#lowestTransitMs[index] = transitMs;
    this.#lastTransitMs[index] = transitMs;
  }

  /** The shortest transit among what arrived in the last `windowMs`; infinity when there is none. */
  lowestTransitMs(windowMs: number): number {
    const fromMs = this.newestMs - windowMs;
    let lowest = Infinity;
    for (let position = this.#count - 1; position >= 0; position--) {
      const index = this.#index(position);
      if (this.#arrivedAtMs[index]! < fromMs) break;
      lowest = Math.min(lowest, this.#lowestTransitMs[index]!);
    }
    return lowest;
  }

  /**
   * Bits per second at which the path delivered while it had no pause: a train of pieces each of
   * which was sent before the one ahead had arrived, about `windowMs` long (the dispersion of a
   * packet train). Undefined when the last train is too short to tell.
   */
  trainBps(baseTransitMs: number, windowMs: number): number | undefined {
    let bytes = 0;
    let spanMs = 0;
    for (let position = this.#count - 1; position > 0 && spanMs < windowMs; position--) {
      const index = this.#index(position);
      const aheadMs = this.#arrivedAtMs[this.#index(position - 1)]!;
      const couldArriveMs = this.#arrivedAtMs[index]! - this.#lowestTransitMs[index]! +
        baseTransitMs;
      if (couldArriveMs > aheadMs + TRAIN_GAP_MS) break;
      bytes += this.#bytes[index]!;
      spanMs = this.newestMs - aheadMs;
    }
    return spanMs >= MIN_TRAIN_MS ? bytes * 8_000 / spanMs : undefined;
  }

  /**
   * How much longer than `baseTransitMs` the larger pieces of the last `windowMs` took, as a part of the
   * time that their bytes take at `bitrateBps`: the lower quartile, so that jitter and stalls do not matter.
   * About 1 or more on a path of that bitrate, far less on a much faster one; undefined for too few.
   */
  occupancy(baseTransitMs: number, bitrateBps: number, windowMs: number): number | undefined {
    const parts: number[] = [];
    for (let position = this.#count - 1; position >= 0; position--) {
      const index = this.#index(position);
      if (this.#arrivedAtMs[index]! < this.newestMs - windowMs) break;
      const bytes = this.#writtenBytes[index]!;
      const expectedMs = bytes * 8_000 / bitrateBps;
      if (bytes < MIN_OCCUPANCY_BYTES && expectedMs < MIN_OCCUPANCY_MS) continue;
      const extraMs = this.#lastTransitMs[index]! - baseTransitMs;
      parts.push(extraMs / expectedMs);
    }
    if (parts.length < MIN_OCCUPANCY_ARRIVALS) return undefined;
    return parts.sort((a, b) => a - b)[parts.length >> 2];
  }

  /**
   * Bits per second that arrived in the last `windowMs` or little more: from one arrival to another,
   * so that a saturated path shows its rate exactly. 0 while too little is known.
   */
  bitrateBps(windowMs: number): number {
    let bytes = 0;
    for (let position = this.#count - 1; position >= 0; position--) {
      const index = this.#index(position);
      const spanMs = this.newestMs - this.#arrivedAtMs[index]!;
      if (spanMs >= windowMs) return bytes * 8_000 / spanMs;
      bytes += this.#bytes[index]!;
    }
    return 0;
  }

  /** Forgets everything. */
  clear(): void {
    this.#count = 0;
  }

  #merge(arrivedAtMs: number, bytes: number, transitMs: number, writtenBytes: number): void {
    const index = this.#index(this.#count - 1);
    this.#bytes[index] = this.#bytes[index]! + bytes;
    this.#writtenBytes[index] = this.#writtenBytes[index]! + writtenBytes;
    this.#lowestTransitMs[index] = Math.min(this.#lowestTransitMs[index]!, transitMs);
    if (arrivedAtMs < this.#arrivedAtMs[index]!) return;
    this.#arrivedAtMs[index] = arrivedAtMs;
    this.#lastTransitMs[index] = transitMs;
  }

  #index(position: number): number {
    return (this.#first + position) % CAPACITY;
  }
}
