import assert from "node:assert/strict";
import type { RateObservation } from "./rate_observation.ts";
import { TargetRate } from "./target_rate.ts";

const CLEAR: RateObservation = {
  nowMs: 0,
  queueMs: 0,
  networkQueueMs: 0,
  isBacklogged: false,
  deliveredBps: 1e6,
  isSaturated: false,
  occupancy: 1,
  lossRatio: 0,
  provenBps: 1e6,
  sentBps: 1e6,
  datagramBps: 0,
};

function full(queueMs: number, pathBps: number): Partial<RateObservation> {
  return { queueMs, networkQueueMs: queueMs, deliveredBps: pathBps, isSaturated: true };
}

class Sender {
  readonly target = new TargetRate(1e6, 64e3, 20e6);
  #nowMs = 0;

  /** A report each 100 ms; all of the target is sent unless `seen` says something else. */
  reports(count: number, seen: Partial<RateObservation> = {}): number {
    for (let report = 0; report < count; report++) {
      this.#nowMs += 100;
      const sentBps = this.target.bps;
      this.target.observe({ ...CLEAR, sentBps, provenBps: sentBps, ...seen, nowMs: this.#nowMs });
    }
    return this.target.bps;
  }
}

Deno.test("on an empty path the target grows until something limits it", () => {
  assert.ok(new Sender().reports(10) > 2e6);
});

Deno.test("the target does not grow by what was never sent", () => {
  assert.equal(new Sender().reports(50, { sentBps: 200e3, provenBps: 200e3 }), 1e6);
});

Deno.test("the target does not grow before anything is known to have arrived", () => {
  assert.equal(new Sender().reports(50, { sentBps: 1e6, provenBps: undefined }), 1e6);
});

Deno.test("a path that is nearly full is not filled further", () => {
  const sender = new Sender();
  sender.reports(2, full(100, 800e3));
  const settled = sender.reports(1);
  assert.equal(sender.reports(50, { queueMs: 18 }), settled);
});

Deno.test("a queue that drains while little is sent lowers the target no further", () => {
  const sender = new Sender();
  const fallen = sender.reports(2, full(100, 800e3));
  const draining = { queueMs: 100, networkQueueMs: 100, isSaturated: false, sentBps: 50e3 };
  assert.equal(sender.reports(10, draining), fallen);
});

Deno.test("a queue brings the target below what the path delivers", () => {
  const sender = new Sender();
  assert.ok(sender.reports(1, full(40, 800e3)) < 800e3);
  assert.ok(sender.target.isFull);
});

Deno.test("the longer the queue the lower the target, but never below a part of the path", () => {
  const short = new Sender().reports(1, full(40, 800e3));
  const long = new Sender().reports(1, full(150, 800e3));
  const endless = new Sender().reports(1, full(5_000, 800e3));
  assert.ok(short > long && long > endless);
  assert.ok(Math.abs(endless - 0.4 * 800e3) < 1);
});

Deno.test("once the queue has drained the target is near what the path delivers", () => {
  const sender = new Sender();
  sender.reports(2, full(100, 800e3));
  assert.ok(Math.abs(sender.reports(1, { queueMs: 3 }) - 0.85 * 800e3) < 1);
  assert.ok(!sender.target.isFull);
});

Deno.test("between drained and full the target stays", () => {
  const sender = new Sender();
  const fallen = sender.reports(1, full(40, 800e3));
  assert.equal(sender.reports(5, { queueMs: 18 }), fallen);
});

Deno.test("after a fall it grows carefully first and freely later", () => {
  const sender = new Sender();
  sender.reports(2, full(100, 800e3));
  const settled = sender.reports(1);
  const soon = sender.reports(20);
  assert.ok(soon < 1.05 * settled);
  assert.ok(sender.reports(150) > 2 * settled);
});

Deno.test("it grows freely at once when the path is mostly idle", () => {
  const sender = new Sender();
  sender.reports(2, full(100, 800e3));
  const settled = sender.reports(1);
  assert.ok(sender.reports(20, { occupancy: 0.2 }) > 2 * settled);
});

Deno.test("a queue that little sending cannot have made does not lower the target", () => {
  const sender = new Sender();
  const sentBps = 60e3;
  assert.equal(sender.reports(3, { queueMs: 80, networkQueueMs: 80, sentBps }), 1e6);
});

Deno.test("a queue whose path shows no rate lowers the target step by step", () => {
  const sender = new Sender();
  sender.reports(1, full(100, 800e3));
  const fallen = sender.target.bps;
  const blind = { queueMs: 100, networkQueueMs: 100, isBacklogged: true };
  assert.ok(sender.reports(12, blind) < 0.7 * fallen);
});

Deno.test("heavy loss lowers the target without a queue, light loss does not", () => {
  assert.ok(new Sender().reports(1, { lossRatio: 0.05 }) >= 1e6);
  assert.ok(new Sender().reports(1, { lossRatio: 0.2 }) < 0.95e6);
});

Deno.test("what others keep in the queue is not yielded to for long", () => {
  const sender = new Sender();
  sender.reports(30, full(150, 500e3));
  assert.equal(sender.target.foreignQueueMs, 150);
  assert.ok(sender.target.bps >= 0.9e6);
});

Deno.test("a proven bitrate raises the target at once, up to its bound", () => {
  const sender = new Sender();
  sender.target.raiseTo(3e6);
  assert.equal(sender.target.bps, 3e6);
  sender.target.raiseTo(1e9);
  assert.equal(sender.target.bps, 20e6);
});

Deno.test("the target is never below the sound that arrives, however long the queue", () => {
  const sound = { datagramBps: 250_000, provenBps: 250_000, isBacklogged: true };
  assert.equal(new Sender().reports(60, { ...full(200, 100_000), ...sound }), 250_000);
});

Deno.test("what has arrived for a while without a queue is not above the target", () => {
  const sender = new Sender();
  sender.reports(5, full(100, 300_000));
  const rest = { provenBps: 600_000, sentBps: 100_000 };
  assert.ok(sender.reports(5, rest) < 400_000);
  assert.ok(sender.reports(20, rest) >= 600_000);
});
