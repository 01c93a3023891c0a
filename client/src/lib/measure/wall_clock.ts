/** The wall clock, milliseconds since the Unix epoch, with fractions; steady within a page. */
export function wallClockMs(): number {
  return performance.timeOrigin + performance.now();
}
