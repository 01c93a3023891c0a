/** What of fast-check's parameters the property tests set. */
export interface PropertyRuns {
  readonly numRuns: number;
  readonly seed?: number;
}

/**
 * Parameters of a property test: how often it runs, and the seed. A failure prints its seed; set
 * `DT_SEED` to it to see the same inputs again.
 */
export function propertyRuns(numRuns: number): PropertyRuns {
  const seed = Number(Deno.env.get("DT_SEED") ?? NaN);
  return Number.isInteger(seed) ? { numRuns, seed } : { numRuns };
}
