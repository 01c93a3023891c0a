/** By how much the system's timers are late after their whole milliseconds, milliseconds. */
const TIMER_LATENESS_MS = 0.7;
const MIN_TIMEOUT_MS = 1;

/** One timer for the earliest of many deadlines, in milliseconds of `performance.now`. */
export class WakeTimer {
  readonly #wake: () => void;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #atMs = Number.POSITIVE_INFINITY;

  /** @param wake called once for each deadline that is reached; says the next one by `wakeBy`. */
  constructor(wake: () => void) {
    this.#wake = wake;
  }

  /** Wakes at `atMs`, to about a millisecond, unless an earlier deadline is set. */
  wakeBy(atMs: number): void {
    if (atMs >= this.#atMs) return;
    clearTimeout(this.#timer);
    this.#atMs = atMs;
    const restMs = Math.floor(atMs - performance.now() - TIMER_LATENESS_MS);
    this.#timer = setTimeout(() => {
      this.#atMs = Number.POSITIVE_INFINITY;
      this.#wake();
    }, Math.max(restMs, MIN_TIMEOUT_MS));
  }

  /** Forgets the deadline. */
  stop(): void {
    clearTimeout(this.#timer);
    this.#atMs = Number.POSITIVE_INFINITY;
  }
}
