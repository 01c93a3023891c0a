/** Messages that one participant may send in any minute (api-contracts.md, "Rate Limiting"). */
export const MESSAGES_PER_MINUTE = 1000;
const WINDOW_MS = 60_000;
/** Most people send a few messages a minute, pings included, and cost no more than that. */
const FIRST_CAPACITY = 64;

/** Counts messages exactly: never more than the limit in any 60 seconds. */
export class MessageRate {
  /** When each of the last messages came, milliseconds; a ring that grows up to the limit. */
  #times = new Float64Array(FIRST_CAPACITY).fill(-Infinity);
  /** Of the oldest, which the next message replaces. */
  #next = 0;

  /** Whether a message at `now` (monotonic milliseconds) is within the limit; counts it if so. */
  admit(now: number): boolean {
    if (now - this.#times[this.#next]! < WINDOW_MS) {
      if (this.#times.length >= MESSAGES_PER_MINUTE) return false;
      this.#grow();
    }
    this.#times[this.#next] = now;
    this.#next = (this.#next + 1) % this.#times.length;
    return true;
  }

  #grow(): void {
    const before = this.#times;
    this.#times = new Float64Array(Math.min(2 * before.length, MESSAGES_PER_MINUTE))
      .fill(-Infinity);
    this.#times.set(before.subarray(this.#next));
    this.#times.set(before.subarray(0, this.#next), before.length - this.#next);
    this.#next = before.length;
  }
}
