import assert from "node:assert/strict";
import { toTicks } from "../../../proto/media_stream/report_clock.ts";
import { AudioArrivals } from "./audio_arrivals.ts";

Deno.test("numbers that are missing show as expected and not received", () => {
  const arrivals = new AudioArrivals();
  for (const number of [0, 1, 4]) arrivals.arrived(number, 0, 0);
  const { expected, received } = arrivals.take();
  assert.deepEqual([expected, received], [5, 3]);
});

Deno.test("the lowest transit begins anew with each report", () => {
  const arrivals = new AudioArrivals();
  arrivals.arrived(0, toTicks(0), 50);
  arrivals.arrived(1, toTicks(20), 60);
  assert.equal(arrivals.take().lowestTransitTicks, 400);
  arrivals.arrived(2, toTicks(40), 95);
  const { lowestTransitTicks, latestTransitTicks } = arrivals.take();
  assert.deepEqual([lowestTransitTicks, latestTransitTicks], [550, 550]);
});

Deno.test("a transit is compared with the lowest lately, whatever the sender's clock shows", () => {
  const arrivals = new AudioArrivals();
  const clockMs = 400_000_000;
  assert.equal(arrivals.arrived(0, toTicks(clockMs), 50), 0);
  assert.equal(arrivals.arrived(1, toTicks(clockMs + 20), 130), 60);
});
