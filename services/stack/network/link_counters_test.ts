import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { addCounters, deliveredRateBps, type LinkCounters, NO_COUNTERS } from "./link_counters.ts";

const delivered = (packets: number, bytes: number): LinkCounters => ({
  ...NO_COUNTERS,
  offeredPackets: packets,
  deliveredPackets: packets,
  deliveredBytes: bytes,
});

Deno.test("the rate used is what was delivered over the time between two readings", () => {
  const earlier = { atMs: 1_000, down: delivered(5, 5_000), up: NO_COUNTERS };
  const later = { atMs: 3_000, down: delivered(30, 30_000), up: delivered(1, 50) };
  strictEqual(deliveredRateBps("down", earlier, later), 100_000);
  strictEqual(deliveredRateBps("up", earlier, later), 200);
  strictEqual(deliveredRateBps("down", later, later), 0);
});

Deno.test("counters of several clients add up", () => {
  deepStrictEqual(addCounters(delivered(1, 10), delivered(2, 20)), delivered(3, 30));
});
