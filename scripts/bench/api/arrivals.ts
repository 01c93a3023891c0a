/**
 * When requests of many independent callers arrive (a Poisson process): offsets from the start,
 * milliseconds, in order. They do not wait for answers, so a slow server finds them queueing.
 *
 * @param random numbers from 0 (included) to 1 (excluded).
 */
export function poissonArrivals(
  ratePerS: number,
  durationMs: number,
  random: () => number,
): number[] {
  const offsets: number[] = [];
  const meanGapMs = 1_000 / ratePerS;
  for (let atMs = gap(); atMs < durationMs; atMs += gap()) offsets.push(atMs);
  return offsets;

  function gap(): number {
    return -Math.log(1 - random()) * meanGapMs;
  }
}
