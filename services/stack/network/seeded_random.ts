/**
 * Numbers from 0 (included) to 1 (excluded), the same for the same seed: Mulberry32, whose period
 * of 2^32 is far beyond the packets of any run.
 *
 * @param seed a 32-bit unsigned integer.
 */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** A seed of its own for the `index`-th user of `seed`, so that neighbours decide independently. */
export function derivedSeed(seed: number, index: number): number {
  return Math.floor(seededRandom((seed ^ Math.imul(index + 1, 0x9e3779b1)) >>> 0)() * 2 ** 32);
}
