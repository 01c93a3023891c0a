/** The median of the latest values: some that are far off, as after a stall, do not move it. */
export class RecentMedian {
  readonly #values: number[] = [];

  /** @param count of how many values. */
  constructor(private readonly count: number) {}

  /** The lower one of two in the middle; undefined before the first value. */
  get value(): number | undefined {
    const sorted = this.#values.toSorted((a, b) => a - b);
    return sorted[Math.ceil(sorted.length / 2) - 1];
  }

  /** Takes the next value. */
  add(value: number): void {
    this.#values.push(value);
    if (this.#values.length > this.count) this.#values.shift();
  }

  /** Forgets all. */
  clear(): void {
    this.#values.length = 0;
  }
}
