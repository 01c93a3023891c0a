/** Most arrivals remembered. */
const CAPACITY = 128;
/** Shortest train whose dispersion is believed, milliseconds. */
const MIN_TRAIN_MS = 120;
/** Pause within a train that is put down to the clocks' grain, milliseconds. */
const TRAIN_GAP_MS = 0.2;
/** Fewest pieces that tell how busy the path is. */
const MIN_OCCUPANCY_PIECES = 5;

/** The latest arrivals of a path: when, how many bytes, after what transit. A ring, in order of time. */
export class ArrivalHistory {
  readonly #arrivedAtMs = new Float64Array(CAPACITY);
  readonly #bytes = new Float64Array(CAPACITY);
  readonly #transitMs = new Float64Array(CAPACITY);
  #count = 0;
  #next = 0;

  /** When the latest arrived; minus infinity before the first. */
  get newestMs(): number {
    return this.#count === 0 ? -Infinity : this.#arrivedAtMs[this.#index(this.#count - 1)]!;
  }

  /** Transit of the latest; minus infinity before the first. */
  get newestTransitMs(): number {
    return this.#count === 0 ? -Infinity : this.#transitMs[this.#index(this.#count - 1)]!;
  }

  /** Adds an arrival. Of several streams each is in order, so one may be a little before the last. */
  add(arrivedAtMs: number, bytes: number, transitMs: number): void {
    let index = this.#next;
    this.#next = (this.#next + 1) % CAPACITY;
    if (this.#count < CAPACITY) this.#count++;
    for (let position = this.#count - 1; position > 0; position--) {
      const before = this.#index(position - 1);
      if (this.#arrivedAtMs[before]! <= arrivedAtMs) break;
      this.#move(before, index);
      index = before;
    }
    this.#arrivedAtMs[index] = arrivedAtMs;
    this.#bytes[index] = bytes;
    this.#transitMs[index] = transitMs;
  }

  /** The shortest transit among what arrived in the last `windowMs`; infinity when there is none. */
  lowestTransitMs(windowMs: number): number {
    const fromMs = this.newestMs - windowMs;
    let lowest = Infinity;
    for (let position = this.#count - 1; position >= 0; position--) {
      const index = this.#index(position);
      if (this.#arrivedAtMs[index]! < fromMs) break;
      lowest = Math.min(lowest, this.#transitMs[index]!);
    }
    return lowest;
  }

  /**
   * Bits per second at which the path delivered while it had no pause: a train of pieces each of
   * which was sent before the one ahead had arrived, at most `windowMs` long (the dispersion of a
   * packet train). Undefined when the last train is too short to tell.
   */
  trainBps(baseTransitMs: number, windowMs: number): number | undefined {
    let bytes = 0;
    let spanMs = 0;
    for (let position = this.#count - 1; position > 0; position--) {
      const index = this.#index(position);
      const before = this.#index(position - 1);
      const couldArriveMs = this.#arrivedAtMs[index]! - this.#transitMs[index]! + baseTransitMs;
      if (couldArriveMs > this.#arrivedAtMs[before]! + TRAIN_GAP_MS) break;
      bytes += this.#bytes[index]!;
      spanMs = this.newestMs - this.#arrivedAtMs[before]!;
      if (spanMs >= windowMs) break;
    }
    return spanMs >= MIN_TRAIN_MS ? bytes * 8_000 / spanMs : undefined;
  }

  /**
   * How much longer than `baseTransitMs` the pieces of the last `windowMs` took, as a part of the
   * time that their bytes take at `bitrateBps`: their median, so that a few stalls do not matter.
   * About 1 or more on a path of that bitrate, far less on a much faster one; undefined for too few.
   */
  occupancy(baseTransitMs: number, bitrateBps: number, windowMs: number): number | undefined {
    const parts: number[] = [];
    for (let position = this.#count - 1; position >= 0; position--) {
      const index = this.#index(position);
      if (this.#arrivedAtMs[index]! < this.newestMs - windowMs) break;
      const extraMs = this.#transitMs[index]! - baseTransitMs;
      parts.push(extraMs / (this.#bytes[index]! * 8_000 / bitrateBps));
    }
    if (parts.length < MIN_OCCUPANCY_PIECES) return undefined;
    return parts.sort((a, b) => a - b)[parts.length >> 1];
  }

  /**
   * Bits per second that arrived in the last `windowMs` or little more: from one arrival to another,
   * so that a saturated path shows its rate exactly. 0 while too little is known.
   */
  bitrateBps(windowMs: number): number {
    const toMs = this.newestMs;
    let bytes = 0;
    for (let position = this.#count - 1; position >= 0; position--) {
      const index = this.#index(position);
      const spanMs = toMs - this.#arrivedAtMs[index]!;
      if (spanMs >= windowMs) return bytes * 8_000 / spanMs;
      bytes += this.#bytes[index]!;
    }
    return 0;
  }

  /** Forgets everything. */
  clear(): void {
    this.#count = 0;
  }

  #index(position: number): number {
    return (this.#next - this.#count + position + CAPACITY) % CAPACITY;
  }

  #move(from: number, to: number): void {
    this.#arrivedAtMs[to] = this.#arrivedAtMs[from]!;
    this.#bytes[to] = this.#bytes[from]!;
    this.#transitMs[to] = this.#transitMs[from]!;
  }
}
