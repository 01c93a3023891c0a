import assert from "node:assert/strict";
import { toTicks } from "../media_stream/report_clock.ts";
import { QueueingDelay } from "./queueing_delay.ts";

/** The receiver's clock, so that ticks wrap around in the middle of a test. */
const CLOCK_OFFSET_MS = 2 ** 32 / 10 - 1_000;
const BASE_MS = 25;
const RTT_MS = 50;

class Path {
  readonly delay = new QueueingDelay();
  #received = 0;

  /** A frame each 33 ms from `fromMs` on, each after `BASE_MS` and what `waitMs` says. */
  frames(fromMs: number, count: number, waitMs: (frame: number) => number): void {
    const samples = Array.from({ length: count }, (_, frame) => {
      const sentAtMs = fromMs + frame * 33;
      const arrivedAtMs = sentAtMs + BASE_MS + waitMs(frame);
      return {
        sentAtMs,
        arrivedAtTicks: toTicks(arrivedAtMs + CLOCK_OFFSET_MS),
        bytes: 4_000,
        writtenBytes: 4_000,
      };
    });
    this.delay.takeSamples(samples, fromMs + count * 33);
  }

  /** A report of datagrams, the shortest and the latest of which waited so long. */
  datagrams(nowMs: number, lowestWaitMs: number, latestWaitMs = lowestWaitMs): void {
    this.delay.takeDatagrams({
      expected: ++this.#received,
      received: this.#received,
      lowestTransitTicks: toTicks(BASE_MS + lowestWaitMs + CLOCK_OFFSET_MS),
      latestTransitTicks: toTicks(BASE_MS + latestWaitMs + CLOCK_OFFSET_MS),
    }, nowMs);
  }
}

Deno.test("a path that nothing is known of has no queue", () => {
  assert.equal(new QueueingDelay().standingMs(0, RTT_MS), 0);
});

Deno.test("the same wait of all frames above the shortest of before is a queue", () => {
  const path = new Path();
  path.frames(0, 10, () => 0);
  path.frames(330, 10, () => 80);
  assert.equal(path.delay.standingMs(660, RTT_MS), 80);
});

Deno.test("a stall by loss, in which frames wait for one, is no queue", () => {
  const path = new Path();
  path.frames(0, 10, () => 0);
  path.frames(330, 6, (frame) => Math.max(0, 60 - 33 * frame));
  assert.equal(path.delay.standingMs(530, RTT_MS), 0);
});

Deno.test("a receiver that was held up shows no queue afterwards", () => {
  const path = new Path();
  path.frames(0, 10, () => 0);
  path.frames(330, 7, (frame) => 200 - 33 * frame);
  assert.ok(path.delay.standingMs(560, RTT_MS) < 3);
});

Deno.test("waiting datagrams are a queue even if no frame arrives", () => {
  const path = new Path();
  path.datagrams(0, 0);
  path.datagrams(300, 90);
  assert.equal(path.delay.standingMs(300, RTT_MS), 90);
});

Deno.test("a little waiting of datagrams must last, or it is jitter", () => {
  const path = new Path();
  path.datagrams(0, 0);
  path.datagrams(300, 2);
  path.datagrams(400, 30);
  assert.equal(path.delay.standingMs(400, RTT_MS), 2);
  path.datagrams(500, 30);
  path.datagrams(600, 32);
  assert.equal(path.delay.standingMs(600, RTT_MS), 30);
});

Deno.test("frames that wait long while datagrams do not queue on this machine", () => {
  const path = new Path();
  path.datagrams(0, 0);
  path.frames(0, 20, () => 120);
  path.datagrams(660, 0);
  assert.equal(path.delay.standingMs(660, RTT_MS), 100);
});

Deno.test("what was sent before a silence says nothing after it", () => {
  const path = new Path();
  path.frames(0, 10, () => 0);
  path.delay.resume(3_000);
  path.frames(330, 5, () => 3_000);
  path.frames(3_000, 3, () => 4);
  assert.equal(path.delay.standingMs(3_100, RTT_MS), 4);
});

Deno.test("a queue that has just begun shows in what came last", () => {
  const path = new Path();
  path.frames(0, 10, (frame) => frame < 9 ? 0 : 100);
  path.datagrams(330, 0, 70);
  assert.equal(path.delay.standingMs(330, RTT_MS), 0);
  assert.equal(path.delay.risingMs, 70);
});

Deno.test("jitter is the smoothed difference of successive transits", () => {
  const path = new Path();
  path.frames(0, 200, (frame) => 10 * (frame % 2));
  assert.ok(Math.abs(path.delay.jitterMs - 10) < 0.1);
});
