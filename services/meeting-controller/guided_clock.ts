import type { Clock } from "./clock.ts";

/** Longest call whose answer tells the time, milliseconds: the time is as uncertain as it took. */
export const TIME_CALL_LIMIT_MS = 1_000;

/**
 * A clock whose time of day is the global controller's, carried on by this machine's monotonic clock
 * from the last time it was told; until then, the machine's own. So a machine whose time of day is
 * wrong judges join tokens as their issuer does, and people read the same times everywhere.
 */
export class GuidedClock implements Clock {
  readonly #machine: Clock;
  /** The global controller's time less the monotonic time. */
  #offsetMs: number | undefined;

  /** @param machine the clock of this machine. */
  constructor(machine: Clock) {
    this.#machine = machine;
  }

  now(): number {
    return this.#machine.now();
  }

  wallNow(): number {
    if (this.#offsetMs === undefined) return this.#machine.wallNow();
    return Math.round(this.#machine.now() + this.#offsetMs);
  }

  after(delayMs: number, action: () => void): () => void {
    return this.#machine.after(delayMs, action);
  }

  /**
   * Takes what time the answer to a call told, right after it came, unless the call took longer than
   * {@link TIME_CALL_LIMIT_MS}.
   *
   * @param timeMs milliseconds since the Unix epoch; 0: the answer told none.
   * @param askedAtMs when the call was made, of {@link now}.
   */
  learn(timeMs: number, askedAtMs: number): void {
    const nowMs = this.now();
    if (timeMs <= 0 || nowMs - askedAtMs > TIME_CALL_LIMIT_MS) return;
    // Taken between the call and its answer: half way is wrong by half the call at most.
    this.#offsetMs = timeMs - (askedAtMs + nowMs) / 2;
  }
}
