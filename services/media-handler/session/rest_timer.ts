import type { Clock } from "../clock.ts";

/** What may rest until it is woken. */
export interface Rest {
  /** Ends the rest. */
  wake(): void;
}

/**
 * Wakes what has rested for half of `maxRestMs`, by one timer for all: most wake earlier by
 * themselves, and a timer each would cost more than the rest saves.
 */
export class RestTimer {
  readonly #clock: Clock;
  readonly #maxRestMs: number;
  #resting = new Set<Rest>();
  /** Those that rested when the timer last fired. */
  #older = new Set<Rest>();
  #cancel: (() => void) | undefined;

  constructor(clock: Clock, maxRestMs: number) {
    this.#clock = clock;
    this.#maxRestMs = maxRestMs;
  }

  /** `rest` has begun. */
  add(rest: Rest): void {
    this.#resting.add(rest);
    this.#schedule();
  }

  /** `rest` is over. */
  remove(rest: Rest): void {
    if (!this.#resting.delete(rest)) this.#older.delete(rest);
  }

  /** Wakes nobody any more. */
  stop(): void {
    this.#cancel?.();
    this.#resting.clear();
    this.#older.clear();
  }

  #schedule(): void {
    this.#cancel ??= this.#clock.after(this.#maxRestMs / 2, () => this.#halfPassed());
  }

  #halfPassed(): void {
    this.#cancel = undefined;
    const tooLong = this.#older;
    this.#older = this.#resting;
    this.#resting = new Set();
    if (this.#older.size > 0) this.#schedule();
    for (const rest of [...tooLong]) rest.wake();
  }
}
