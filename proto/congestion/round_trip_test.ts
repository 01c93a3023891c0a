import assert from "node:assert/strict";
import { RoundTrip } from "./round_trip.ts";

Deno.test("nothing is known before the first measurement", () => {
  const roundTrip = new RoundTrip();
  assert.equal(roundTrip.baseMs, undefined);
  assert.equal(roundTrip.smoothedMs, undefined);
});

Deno.test("the base is the shortest, the smoothed one follows slowly", () => {
  const roundTrip = new RoundTrip();
  roundTrip.take(50, 0);
  roundTrip.take(90, 100);
  assert.equal(roundTrip.baseMs, 50);
  assert.equal(roundTrip.smoothedMs, 55);
});

Deno.test("a way that has become longer is the base after a while", () => {
  const roundTrip = new RoundTrip();
  roundTrip.take(50, 0);
  for (let nowMs = 100; nowMs <= 25_000; nowMs += 100) roundTrip.take(200, nowMs);
  assert.equal(roundTrip.baseMs, 200);
});
