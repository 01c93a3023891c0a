import assert from "node:assert/strict";
import { ArrivalSpread } from "./arrival_spread.ts";

const OPTIONS = { bucketMs: 5, retention: 0.998 };

Deno.test("an arrival's spread is its distance to the fastest, whatever the clocks", () => {
  const spread = new ArrivalSpread(OPTIONS);
  assert.equal(spread.observe(1_000_020, 0), 0);
  assert.equal(spread.observe(1_000_050, 20), 10);
  assert.equal(spread.observe(1_000_045, 40), 0);
  assert.equal(spread.fastestMs, 1_000_005);
});

Deno.test("a percentile is the upper edge of its class", () => {
  const spread = new ArrivalSpread(OPTIONS);
  for (let n = 0; n < 100; n++) spread.observe(n * 20 + (n % 4 === 3 ? 12 : 0), n * 20);
  assert.equal(spread.percentileMs(0.5), 5);
  assert.equal(spread.percentileMs(0.95), 15);
});

Deno.test("before any arrival nothing is spread", () => {
  assert.equal(new ArrivalSpread(OPTIONS).percentileMs(0.95), 0);
});

Deno.test("the fastest is forgotten after some seconds, so that a drifting clock is followed", () => {
  const spread = new ArrivalSpread(OPTIONS);
  spread.observe(0, 0);
  for (let n = 1; n < 1_000; n++) spread.observe(n * 20 + 30, n * 20);
  assert.equal(spread.fastestMs, 30);
});
