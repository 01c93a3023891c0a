import assert from "node:assert/strict";
import { seededRandom } from "../../../services/stack/network/seeded_random.ts";
import { poissonArrivals } from "./arrivals.ts";

Deno.test("arrivals come in order, within the time, and at the rate", () => {
  const offsets = poissonArrivals(200, 60_000, seededRandom(1));
  assert.deepEqual(offsets, offsets.toSorted((a, b) => a - b));
  assert.ok(offsets.at(-1)! < 60_000);
  // Five standard deviations of a Poisson count.
  assert.ok(Math.abs(offsets.length - 12_000) < 5 * Math.sqrt(12_000), `${offsets.length}`);
});

Deno.test("arrivals are independent: one second holds more than another", () => {
  const counts = Array<number>(60).fill(0);
  for (const offset of poissonArrivals(200, 60_000, seededRandom(2))) {
    counts[Math.floor(offset / 1_000)]!++;
  }
  const variance = counts.reduce((sum, count) => sum + (count - 200) ** 2, 0) / counts.length;
  assert.ok(variance > 80 && variance < 400, `${variance}`);
});
