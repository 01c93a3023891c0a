/** How long a lowest transit counts, milliseconds: between one and two of these. */
export const FLOOR_WINDOW_MS = 5_000;

/**
 * How much longer than at best lately something was on its way. Transits are arrival by one clock
 * minus departure by another, so only differences mean something; the window lets clocks drift and
 * routes change. Pure: times are milliseconds.
 */
export class TransitFloor {
  #windowStartMs = -Infinity;
  #lowestMs = Infinity;
  #lowestBeforeMs = Infinity;

  /** The lowest transit of the recent past, milliseconds; Infinity before the first. */
  get lowestMs(): number {
    return Math.min(this.#lowestMs, this.#lowestBeforeMs);
  }

  /** Takes a transit; how far above the lowest one it is, milliseconds, from 0. */
  rise(transitMs: number, nowMs: number): number {
    if (nowMs - this.#windowStartMs >= FLOOR_WINDOW_MS) {
      this.#windowStartMs = nowMs;
      this.#lowestBeforeMs = this.#lowestMs;
      this.#lowestMs = Infinity;
    }
    this.#lowestMs = Math.min(this.#lowestMs, transitMs);
    return transitMs - this.lowestMs;
  }
}
