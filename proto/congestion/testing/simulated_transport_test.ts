import assert from "node:assert/strict";
import { EventQueue } from "./event_queue.ts";
import { steady } from "./network_traces.ts";
import { seededRandom } from "./random.ts";
import { type LinkPhase, SimulatedLink } from "./simulated_link.ts";
import { SimulatedTransport } from "./simulated_transport.ts";

/** When pieces of 6,000 bytes arrive that are written every 33 ms, milliseconds. */
function arrivals(phases: LinkPhase[], queueBytes: number, pieces = 60): number[] {
  const events = new EventQueue();
  const link = new SimulatedLink(events, { phases, queueBytes }, seededRandom(1));
  const arrivedAtMs: number[] = [];
  const stream = new SimulatedTransport(events, link).openStream(() => {
    arrivedAtMs.push(events.nowMs);
  });
  for (let piece = 0; piece < pieces; piece++) events.at(piece * 33, () => stream.write(6_000));
  events.runUntil(60_000);
  return arrivedAtMs;
}

Deno.test("on a clean link a piece takes the delay and its bytes' time", () => {
  const [first] = arrivals([steady(10e6)], 64_000);
  assert.equal(first, 25 + 5 * 1_250 * 8 / 10_000);
});

Deno.test("whatever gets lost, everything arrives, in order", () => {
  const arrivedAtMs = arrivals([steady(10e6, { lossRatio: 0.1, jitterMs: 20 })], 64_000);
  assert.equal(arrivedAtMs.length, 60);
  assert.deepEqual(arrivedAtMs, arrivedAtMs.toSorted((a, b) => a - b));
});

Deno.test("a lost packet holds up what comes after it by more than a round trip", () => {
  const delays = arrivals([steady(10e6, { lossRatio: 0.02 })], 64_000)
    .map((atMs, piece) => atMs - piece * 33);
  assert.ok(delays.some((delayMs) => delayMs > 25 + 1.2 * 50));
  assert.ok(delays.filter((delayMs) => delayMs < 31).length > 30);
});

Deno.test("what a link cannot carry waits, and arrives at the link's rate", () => {
  const arrivedAtMs = arrivals([steady(1e6)], 64_000);
  const spanMs = arrivedAtMs.at(-1)! - arrivedAtMs[9]!;
  assert.ok(Math.abs(50 * 6_250 * 8_000 / spanMs / 1e6 - 1) < 0.05);
});

Deno.test("what is written in a blackout arrives after it", () => {
  const phases = [steady(10e6), steady(0, { fromMs: 500 }), steady(10e6, { fromMs: 1_500 })];
  const arrivedAtMs = arrivals(phases, 64_000);
  assert.equal(arrivedAtMs.length, 60);
  assert.ok(!arrivedAtMs.some((atMs) => atMs > 600 && atMs < 1_500));
});
