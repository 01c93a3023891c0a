/** Addresses that are remembered; beyond it the one marked longest ago is forgotten. */
export const MAX_SPENT_ADDRESSES = 50_000;

/**
 * Addresses that are over their rate limit, as this process has seen. What they send costs as
 * little as can be: credentials that nobody here knows are not looked up for them.
 */
export class SpentAddresses {
  /** When each may be asked again, monotonic milliseconds. */
  readonly #untilMs = new Map<string, number>();
  readonly #now: () => number;

  /** @param now milliseconds, monotonic. */
  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  /** @param forMs how long until the address may send another request. */
  mark(address: string, forMs: number): void {
    this.#untilMs.delete(address);
    this.#untilMs.set(address, this.#now() + forMs);
    if (this.#untilMs.size <= MAX_SPENT_ADDRESSES) return;
    const [oldest] = this.#untilMs.keys();
    if (oldest !== undefined) this.#untilMs.delete(oldest);
  }

  /** Whether the address is over its limit now. */
  has(address: string): boolean {
    const untilMs = this.#untilMs.get(address);
    if (untilMs === undefined) return false;
    if (this.#now() < untilMs) return true;
    this.#untilMs.delete(address);
    return false;
  }
}
