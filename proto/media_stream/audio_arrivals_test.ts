import assert from "node:assert/strict";
import { AudioArrivals } from "./audio_arrivals.ts";
import { toTicks } from "./report_clock.ts";

/** Counts datagrams that were each sent every 20 ms and took so long. */
function arrivalsAfter(...transitsMs: number[]): AudioArrivals {
  const arrivals = new AudioArrivals();
  transitsMs.forEach((transitMs, number) => {
    arrivals.arrived(number, toTicks(number * 20), number * 20 + transitMs);
  });
  return arrivals;
}

Deno.test("numbers that are missing show as expected and not received", () => {
  const arrivals = new AudioArrivals();
  for (const number of [0, 1, 4]) arrivals.arrived(number, 0, 0);
  const { expected, received } = arrivals.take();
  assert.deepEqual([expected, received], [5, 3]);
  assert.deepEqual([arrivals.expected, arrivals.received], [5, 3]);
});

Deno.test("one that comes after a later one, or again, counts as lost", () => {
  const arrivals = new AudioArrivals();
  const inOrder = [0, 2, 1, 2, 3].map((number) => {
    const isInOrder = arrivals.isInOrder(number);
    arrivals.arrived(number, 0, 0);
    return isInOrder;
  });
  assert.deepEqual(inOrder, [true, true, false, false, true]);
  assert.deepEqual([arrivals.expected, arrivals.received], [4, 3]);
});

Deno.test("numbers go on at 0 after the highest one", () => {
  const arrivals = new AudioArrivals();
  // Each at most half of all numbers ahead, or it would be one from behind.
  for (const number of [2 ** 31 - 1, 2 ** 32 - 2, 2 ** 32 - 1, 0, 1]) {
    arrivals.arrived(number, 0, 0);
  }
  assert.deepEqual([arrivals.expected, arrivals.received], [2, 5]);
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

Deno.test("a report without a new datagram tells the last transit again", () => {
  const arrivals = arrivalsAfter(40, 55);
  arrivals.take();
  const { lowestTransitTicks, latestTransitTicks } = arrivals.take();
  assert.deepEqual([lowestTransitTicks, latestTransitTicks], [550, 550]);
});

Deno.test("a transit is compared with the lowest lately, whatever the sender's clock shows", () => {
  const arrivals = new AudioArrivals();
  const clockMs = 400_000_000;
  assert.equal(arrivals.arrived(0, toTicks(clockMs), 50), 0);
  assert.equal(arrivals.arrived(1, toTicks(clockMs + 20), 130), 60);
});

Deno.test("the transit of a datagram out of order counts where it is told of", () => {
  const arrivals = arrivalsAfter(40, 40);
  assert.equal(arrivals.arrived(0, toTicks(0), 100), 60);
  assert.equal(arrivals.take().latestTransitTicks, 1_000);
});

Deno.test("a lag of the processor is taken off what a transit rose, and no more", () => {
  assert.equal(arrivalsAfter(40, 100).take(25).latestTransitTicks, 750);
  assert.equal(arrivalsAfter(40, 50).take(25).latestTransitTicks, 400);
  assert.equal(arrivalsAfter(40, 40).take(25).lowestTransitTicks, 400);
});

Deno.test("the jitter goes a sixteenth of the way to each change of the transit", () => {
  assert.equal(arrivalsAfter(40).jitterMs, 0);
  assert.equal(arrivalsAfter(40, 56).jitterMs, 1);
  assert.equal(arrivalsAfter(40, 56, 23).jitterMs, 1 + (33 - 1) / 16);
});
