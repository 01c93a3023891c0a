/** Occupancy below which the path carries far more than the target. */
const SPARE_OCCUPANCY = 0.5;
/** How long after growing because of it a full path proves it wrong, milliseconds. */
const SPARE_BLAMED_MS = 2_000;
/** How long it is not believed then, milliseconds; doubles with each time. */
const DISTRUST_MS = 2_000;
const MAX_DISTRUST_MS = 16_000;

/**
 * Whether a path looks mostly idle, and whether to believe it: a path that looked idle and was not
 * shows late what limits it (a window, a token bucket).
 */
export class SpareCapacity {
  #usedAtMs = -Infinity;
  #trustedFromMs = -Infinity;
  #distrustMs = DISTRUST_MS;

  /** Whether the path carries far more than the target (`occupancy` of the arrivals). */
  isThere(occupancy: number | undefined, nowMs: number): boolean {
    return nowMs >= this.#trustedFromMs && occupancy !== undefined && occupancy < SPARE_OCCUPANCY;
  }

  /** The target grew because of it. */
  used(nowMs: number): void {
    this.#usedAtMs = nowMs;
  }

  /** The path is full; soon after that growth it proves it wrong. */
  pathFilled(nowMs: number): void {
    if (nowMs - this.#usedAtMs >= SPARE_BLAMED_MS) return;
    this.#trustedFromMs = nowMs + this.#distrustMs;
    this.#distrustMs = Math.min(MAX_DISTRUST_MS, 2 * this.#distrustMs);
  }
}
