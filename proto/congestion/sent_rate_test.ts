import assert from "node:assert/strict";
import { SentRate } from "./sent_rate.ts";

Deno.test("the sent bitrate is that of the window", () => {
  const rate = new SentRate();
  for (let nowMs = 0; nowMs < 2_000; nowMs += 10) rate.add(nowMs < 1_000 ? 1_000 : 125, nowMs);
  assert.equal(rate.bitrateBps(300, 2_000), 100_000);
});

Deno.test("a short start is not diluted by the time before it", () => {
  const rate = new SentRate();
  for (let nowMs = 5_000; nowMs < 5_100; nowMs += 10) rate.add(125, nowMs);
  assert.equal(rate.bitrateBps(300, 5_100), 100_000);
});

Deno.test("after a pause longer than the memory nothing is left", () => {
  const rate = new SentRate();
  for (let nowMs = 0; nowMs < 1_000; nowMs += 10) rate.add(1_000, nowMs);
  assert.equal(rate.bitrateBps(300, 60_000), 0);
});

Deno.test("nothing was sent before the first piece", () => {
  assert.equal(new SentRate().bitrateBps(300, 1_000), 0);
});
