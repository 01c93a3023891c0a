/** Messages that one participant may send in any minute (api-contracts.md, "Rate Limiting"). */
export const MESSAGES_PER_MINUTE = 1000;
const WINDOW_MS = 60_000;

/** Counts messages exactly: never more than the limit in any 60 seconds. */
export class MessageRate {
  /** When each of the last messages came, milliseconds; a ring. */
  readonly #times = new Float64Array(MESSAGES_PER_MINUTE).fill(-Infinity);
  #next = 0;

  /** Whether a message at `now` (monotonic milliseconds) is within the limit; counts it if so. */
  admit(now: number): boolean {
    const oldest = this.#times[this.#next] ?? -Infinity;
    if (now - oldest < WINDOW_MS) return false;
    this.#times[this.#next] = now;
    this.#next = (this.#next + 1) % MESSAGES_PER_MINUTE;
    return true;
  }
}
