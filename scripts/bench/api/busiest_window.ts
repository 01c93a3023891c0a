/** A request that a limiter let through, by the caller's clock. */
export interface AllowedRequest {
  readonly sentAtMs: number;
  readonly answeredAtMs: number;
}

/**
 * The most requests that were sent and answered within any `windowMs`. The limiter decided in
 * between, so a number above its limit is a proof, however late answers came.
 */
export function busiestWindow(requests: readonly AllowedRequest[], windowMs: number): number {
  const bySending = requests.toSorted((a, b) => a.sentAtMs - b.sentAtMs);
  return Math.max(
    0,
    ...bySending.map(({ sentAtMs }, first) =>
      bySending.slice(first).filter(({ answeredAtMs }) => answeredAtMs < sentAtMs + windowMs).length
    ),
  );
}

/** The most of these times, in order, within any `windowMs`. */
export function busiestWindowOfTimes(timesMs: readonly number[], windowMs: number): number {
  let most = 0;
  let first = 0;
  for (const [index, timeMs] of timesMs.entries()) {
    while (timesMs[first]! <= timeMs - windowMs) first++;
    most = Math.max(most, index - first + 1);
  }
  return most;
}
