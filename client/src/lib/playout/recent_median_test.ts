import assert from "node:assert/strict";
import { RecentMedian } from "./recent_median.ts";

function medianOf(count: number, values: readonly number[]): number | undefined {
  const median = new RecentMedian(count);
  for (const value of values) median.add(value);
  return median.value;
}

Deno.test("there is no median of nothing", () => {
  const median = new RecentMedian(5);
  median.add(1);
  median.clear();
  assert.equal(median.value, undefined);
});

Deno.test("a few values that are far off do not move the median", () => {
  assert.equal(medianOf(5, [10, 900, 11, 800, 12]), 12);
  assert.equal(medianOf(5, [10, 11]), 10);
});

Deno.test("only the latest values count", () => {
  assert.equal(medianOf(3, [900, 900, 900, 10, 11, 12]), 11);
});
