/** First wait before another attempt, milliseconds. */
export const BACK_OFF_START_MS = 200;
/** Longest wait between two attempts, milliseconds: nobody stays away longer than the network. */
export const BACK_OFF_LIMIT_MS = 1_500;

/**
 * Waits between attempts: doubling from one to the next, each drawn at random from the upper half,
 * so that many clients that lost the same server do not come back together.
 */
export class BackOff {
  readonly #random: () => number;
  readonly #limitMs: number;
  readonly #startMs: number;
  #ceilingMs: number;

  /** `random` returns numbers from 0 to below 1. */
  constructor(
    random: () => number = Math.random,
    limitMs = BACK_OFF_LIMIT_MS,
    startMs = BACK_OFF_START_MS,
  ) {
    this.#random = random;
    this.#limitMs = limitMs;
    this.#startMs = startMs;
    this.#ceilingMs = startMs;
  }

  /** How long to wait before the next attempt, milliseconds. */
  next(): number {
    const delayMs = this.#ceilingMs * (0.5 + 0.5 * this.#random());
    this.#ceilingMs = Math.min(this.#ceilingMs * 2, this.#limitMs);
    return delayMs;
  }

  reset(): void {
    this.#ceilingMs = this.#startMs;
  }
}
