import assert from "node:assert/strict";
import { msBetween, tickDifference, toTicks } from "./report_clock.ts";

Deno.test("a time becomes ticks of 100 microseconds", () => {
  assert.equal(toTicks(0), 0);
  assert.equal(toTicks(12.34), 123);
  assert.equal(toTicks(-0.1), 2 ** 32 - 1);
});

Deno.test("a clock that has run for weeks starts again at nothing", () => {
  const weekMs = 7 * 24 * 3_600_000;
  assert.ok(toTicks(weekMs) < 2 ** 32);
  assert.equal(msBetween(toTicks(weekMs), toTicks(weekMs + 250)), 250);
});

Deno.test("distances are right across the wrap, forwards and backwards", () => {
  const before = 2 ** 32 - 50;
  assert.equal(tickDifference(50, before), 100);
  assert.equal(msBetween(before, 50), 10);
  assert.equal(msBetween(50, before), -10);
});
