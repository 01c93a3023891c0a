/** Ticks of a report clock in one millisecond: 100 µs each. */
export const TICKS_PER_MS = 10;
const TICK_RANGE = 2 ** 32;

/** A time of any monotonic clock in ticks of 100 µs, modulo 2^32 (about five days). */
export function toTicks(timeMs: number): number {
  const ticks = Math.round(timeMs * TICKS_PER_MS) % TICK_RANGE;
  return ticks < 0 ? ticks + TICK_RANGE : ticks;
}

/** `later` − `earlier` in ticks, modulo 2^32: also the difference of two clocks' readings. */
export function tickDifference(later: number, earlier: number): number {
  return (later - earlier) >>> 0;
}

/**
 * How far `ticks` lies after `reference`, in milliseconds; negative when it lies before. Right as
 * long as the two are less than two and a half days apart.
 */
export function msBetween(reference: number, ticks: number): number {
  return ((ticks - reference) | 0) / TICKS_PER_MS;
}
