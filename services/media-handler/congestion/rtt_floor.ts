/** How long a round trip counts towards the floor, half of it at least, milliseconds. */
export const RTT_FLOOR_WINDOW_MS = 20_000;

/**
 * The smallest round trip of the recent past: what the path takes when nothing queues. It forgets,
 * so that a path that got longer for good is not taken for a full queue for ever.
 */
export class RttFloor {
  #current = Infinity;
  #previous = Infinity;
  #startedAtMs = -Infinity;

  /** Takes one measured round trip. */
  add(rttMs: number, nowMs: number): void {
    if (nowMs - this.#startedAtMs >= RTT_FLOOR_WINDOW_MS / 2) {
      this.#previous = this.#current;
      this.#current = Infinity;
      this.#startedAtMs = nowMs;
    }
    if (rttMs < this.#current) this.#current = rttMs;
  }

  /** The floor, or undefined before the first measurement. */
  get floorMs(): number | undefined {
    const floorMs = Math.min(this.#current, this.#previous);
    return floorMs === Infinity ? undefined : floorMs;
  }
}
