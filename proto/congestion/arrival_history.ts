/** Most arrivals remembered. */
const CAPACITY = 128;

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
