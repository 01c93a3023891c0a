import assert from "node:assert/strict";
import { ReportedRate } from "./reported_rate.ts";

/** Writes `bytes` at 0 ms; of them 1,250 are reported each 50 ms (200 kbit/s) for 500 ms. */
function firstFrame(bytes: number): ReportedRate {
  const reported = new ReportedRate();
  reported.sent(bytes);
  for (let nowMs = 50; nowMs <= 500; nowMs += 50) reported.count(bytes - nowMs * 25, nowMs);
  return reported;
}

Deno.test("what is no longer under way was reported", () => {
  assert.equal(firstFrame(50_000).bitrateBps(150, 500), 200_000);
});

Deno.test("what has just been written was not reported", () => {
  const reported = new ReportedRate();
  reported.sent(5_000);
  reported.count(5_000, 100);
  assert.equal(reported.bitrateBps(100, 200), 0);
});

Deno.test("more under way than a path carries in 400 ms floods it", () => {
  assert.equal(firstFrame(50_000).isFloodedAtStart(10_001, 500), true);
  assert.equal(firstFrame(50_000).isFloodedAtStart(10_000, 500), false);
});

Deno.test("before there was time to measure nothing is a flood", () => {
  const reported = new ReportedRate();
  reported.sent(1e6);
  assert.equal(reported.isFloodedAtStart(1e6, 5_000), false);
  reported.count(999_000, 5_000);
  assert.equal(reported.isFloodedAtStart(999_000, 5_149), false);
});
