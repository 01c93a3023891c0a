import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { derivedSeed, seededRandom } from "./seeded_random.ts";

const take = (seed: number, count: number) => Array.from({ length: count }, seededRandom(seed));

Deno.test("a seed gives the same numbers each time, and no other seed's", () => {
  deepStrictEqual(take(7, 100), take(7, 100));
  ok(take(7, 100).every((value, index) => value !== take(8, 100)[index]));
});

Deno.test("the numbers are even over the range from 0 to 1", () => {
  const tenths = new Array<number>(10).fill(0);
  for (const value of take(1, 100_000)) tenths[Math.floor(value * 10)]!++;
  // Five standard deviations of a tenth of 100,000; the seed is fixed, so it holds or never does.
  for (const count of tenths) ok(Math.abs(count - 10_000) < 5 * Math.sqrt(9_000), `${count}`);
});

Deno.test("users of one seed have seeds of their own", () => {
  const seeds = Array.from({ length: 1_000 }, (_, index) => derivedSeed(1, index));
  strictEqual(new Set(seeds).size, seeds.length);
});
