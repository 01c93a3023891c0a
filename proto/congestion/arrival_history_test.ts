import assert from "node:assert/strict";
import { ArrivalHistory } from "./arrival_history.ts";

const BASE_MS = 25;

/** Pieces of `bytes` sent every 33 ms over a path of `pathBps` that nothing else uses. */
function sendEvenly(history: ArrivalHistory, bytes: number, pathBps: number, pieces = 30): void {
  let freeAtMs = 0;
  for (let piece = 0; piece < pieces; piece++) {
    const sentAtMs = piece * 33;
    freeAtMs = Math.max(freeAtMs, sentAtMs) + bytes * 8_000 / pathBps;
    history.add(freeAtMs + BASE_MS, bytes, freeAtMs + BASE_MS - sentAtMs);
  }
}

Deno.test("the delivered bitrate is what arrived between two arrivals", () => {
  const history = new ArrivalHistory();
  sendEvenly(history, 3_300, 10e6);
  assert.ok(Math.abs(history.bitrateBps(400) - 800_000) < 1);
});

Deno.test("the delivered bitrate is unknown before arrivals span the window", () => {
  const history = new ArrivalHistory();
  sendEvenly(history, 3_300, 10e6, 5);
  assert.equal(history.bitrateBps(400), 0);
});

Deno.test("a train of pieces that wait for each other shows the path's rate", () => {
  const history = new ArrivalHistory();
  sendEvenly(history, 10_000, 1.5e6);
  assert.ok(Math.abs(history.trainBps(BASE_MS, 300)! - 1.5e6) < 1_000);
});

Deno.test("pieces that do not wait for each other are no train", () => {
  const history = new ArrivalHistory();
  sendEvenly(history, 3_000, 1.5e6);
  assert.equal(history.trainBps(BASE_MS, 300), undefined);
});

Deno.test("occupancy is about one at the path's own rate and small far below it", () => {
  const full = new ArrivalHistory();
  sendEvenly(full, 3_000, 1e6);
  assert.ok(Math.abs(full.occupancy(BASE_MS, 1e6, 500)! - 1) < 0.01);
  const idle = new ArrivalHistory();
  sendEvenly(idle, 3_000, 10e6);
  assert.ok(Math.abs(idle.occupancy(BASE_MS, 1e6, 500)! - 0.1) < 0.01);
});

Deno.test("a path is judged by larger pieces, and by what was written at once of them", () => {
  const small = new ArrivalHistory();
  const sliced = new ArrivalHistory();
  for (let frame = 0; frame < 10; frame++) {
    small.add(frame * 33, 300, BASE_MS + 1);
    // Only the last 1,000 of 4,000 bytes took the 8 ms that they take at 1 Mbit/s.
    sliced.add(frame * 33, 4_000, BASE_MS + 8, 1_000);
  }
  assert.equal(small.occupancy(BASE_MS, 1e6, 500), undefined);
  assert.equal(small.occupancy(BASE_MS, 100e3, 500), 1 / 24);
  assert.equal(sliced.occupancy(BASE_MS, 1e6, 500), 1);
});

Deno.test("one stall does not raise the lowest transit", () => {
  const history = new ArrivalHistory();
  for (const [sentAtMs, arrivedAtMs] of [[0, 25], [33, 120], [66, 120], [99, 124]] as const) {
    history.add(arrivedAtMs, 1_000, arrivedAtMs - sentAtMs);
  }
  assert.equal(history.lowestTransitMs(200), 25);
});

Deno.test("arrivals of several streams at about the same time count as one", () => {
  const history = new ArrivalHistory();
  for (let frame = 0; frame < 40; frame++) {
    for (let stream = 0; stream < 25; stream++) {
      history.add(frame * 33 + stream / 10, 400, 25 + stream / 10);
    }
  }
  assert.ok(Math.abs(history.bitrateBps(400) / (25 * 400 * 8 / 0.033) - 1) < 0.01);
  assert.equal(history.newestTransitMs, 27.4);
});
