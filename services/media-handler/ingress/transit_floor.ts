import { URGENT_TRANSIT_MS } from "../limits.ts";

/** For how long the shortest transit is remembered, half of it at least, milliseconds. */
export const TRANSIT_FLOOR_WINDOW_MS = 10_000;

/**
 * The shortest transit of the recent past, and whether what arrives is much later than it: a cheap
 * sign that it waited in a queue. Clocks of sender and receiver may differ; they may drift by what
 * passes unnoticed within the window.
 */
export class TransitFloor {
  #previousMs = Infinity;
  #currentMs = Infinity;
  #turnedAtMs = -Infinity;

  /** Takes the transit of what just arrived; true when it is far above the shortest. */
  add(transitMs: number, nowMs: number): boolean {
    if (nowMs - this.#turnedAtMs >= TRANSIT_FLOOR_WINDOW_MS / 2) {
      this.#previousMs = this.#currentMs;
      this.#currentMs = Infinity;
      this.#turnedAtMs = nowMs;
    }
    this.#currentMs = Math.min(this.#currentMs, transitMs);
    return transitMs > Math.min(this.#previousMs, this.#currentMs) + URGENT_TRANSIT_MS;
  }
}
