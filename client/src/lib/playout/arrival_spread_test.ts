import assert from "node:assert/strict";
import { ArrivalSpread, MAXIMUM_REMEMBERED } from "./arrival_spread.ts";

const WINDOW_MS = 2_000;

Deno.test("an arrival's spread is its distance to the fastest, whatever the clocks", () => {
  const spread = new ArrivalSpread(WINDOW_MS);
  assert.equal(spread.observe(1_000_020, 0), 0);
  assert.equal(spread.observe(1_000_050, 20), 10);
  assert.equal(spread.observe(1_000_045, 40), 0);
  assert.equal(spread.fastestMs, 1_000_005);
});

Deno.test("a percentile is one of the spreads in the window", () => {
  const spread = new ArrivalSpread(WINDOW_MS);
  for (let n = 0; n < 100; n++) spread.observe(n * 20 + (n % 4 === 3 ? 12 : 0), n * 20);
  assert.equal(spread.percentileMs(0.5), 0);
  assert.equal(spread.percentileMs(0.95), 12);
});

Deno.test("what has left the window does not count any more", () => {
  const spread = new ArrivalSpread(WINDOW_MS);
  spread.observe(0, 0);
  for (let n = 1; n < 50; n++) spread.observe(n * 20 + 500, n * 20);
  assert.equal(spread.percentileMs(0.95), 500);
  for (let n = 75; n <= 175; n++) spread.observe(n * 20, n * 20);
  assert.equal(spread.percentileMs(1), 0);
});

Deno.test("however fast arrivals come, no more than a bound are remembered", () => {
  const spread = new ArrivalSpread(WINDOW_MS);
  spread.observe(0, 0);
  for (let n = 0; n < MAXIMUM_REMEMBERED; n++) spread.observe(0.1 + n * 1e-3, n * 1e-3);
  assert.ok(Math.abs(spread.percentileMs(0) - 0.1) < 1e-9);
});

Deno.test("before any arrival nothing is spread", () => {
  assert.equal(new ArrivalSpread(WINDOW_MS).percentileMs(0.95), 0);
});

Deno.test("the fastest is forgotten after some seconds, so that a drifting clock is followed", () => {
  const spread = new ArrivalSpread(WINDOW_MS);
  spread.observe(0, 0);
  for (let n = 1; n < 1_000; n++) spread.observe(n * 20 + 30, n * 20);
  assert.equal(spread.fastestMs, 30);
});
