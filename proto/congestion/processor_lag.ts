/** How long a late timer counts, milliseconds. */
export const LAG_WINDOW_MS = 2_000;
/** Timers this late are usual, milliseconds. */
export const USUAL_LAG_MS = 25;

/**
 * How late this program gets the processor, by how late its timers fire. What is read late because
 * of that did not wait on the network. Pure: times are milliseconds.
 */
export class ProcessorLag {
  #lagMs = 0;
  #atMs = -Infinity;

  /** A timer fired `lateMs` after its time. */
  timerFired(lateMs: number, nowMs: number): void {
    if (lateMs < this.#lagMs && nowMs - this.#atMs < LAG_WINDOW_MS) return;
    this.#lagMs = lateMs;
    this.#atMs = nowMs;
  }

  /** The longest lag of late; 0 while it is usual. */
  lagMs(nowMs: number): number {
    const counts = nowMs - this.#atMs < LAG_WINDOW_MS && this.#lagMs > USUAL_LAG_MS;
    return counts ? this.#lagMs : 0;
  }
}

/**
 * What is left of a time between sending something and hearing of it, milliseconds, once it is taken
 * off that this program may have been `lagMs` late at both.
 */
export function withoutLag(ms: number, lagMs: number): number {
  return Math.max(0, ms - 2 * lagMs);
}
