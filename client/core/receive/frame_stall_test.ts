import assert from "node:assert/strict";
import { SimulatedTime } from "../testing/simulated_time.ts";
import { FRAME_STALL_CHECK_MS, FRAME_STALL_LIMIT_MS, FrameStall } from "./frame_stall.ts";

function start() {
  const time = new SimulatedTime();
  let arrivals = 0;
  let stalls = 0;
  const stall = new FrameStall({
    scheduler: time,
    sessionArrivals: () => arrivals,
    onStalled: () => stalls++,
  });
  return {
    time,
    stall,
    stalls: () => stalls,
    /** Bytes of the stream come, which is an arrival of its session too. */
    come(atFrameBoundary: boolean) {
      arrivals++;
      stall.moved(atFrameBoundary);
    },
    /** Other media of the session arrive meanwhile. */
    async liveFor(durationMs: number) {
      for (let passedMs = 0; passedMs < durationMs; passedMs += 20) {
        arrivals++;
        await time.advance(20);
      }
    },
  };
}

Deno.test("a frame stalls when its rest stays away while other media arrive", async () => {
  const t = start();
  t.come(false);
  await t.liveFor(FRAME_STALL_LIMIT_MS - 20);
  assert.equal(t.stalls(), 0);
  await t.liveFor(20);
  assert.equal(t.stalls(), 1);
  assert.equal(t.time.timers, 0);
});

Deno.test("a frame that grew for a while stalls one look later at most", async () => {
  const t = start();
  for (let i = 0; i < 30; i++) {
    t.come(false);
    await t.liveFor(100);
  }
  await t.liveFor(FRAME_STALL_LIMIT_MS - 200);
  assert.equal(t.stalls(), 0);
  await t.liveFor(FRAME_STALL_CHECK_MS + 200);
  assert.equal(t.stalls(), 1);
});

Deno.test("time in which nothing at all arrives does not count", async () => {
  const t = start();
  t.come(false);
  await t.time.advance(10 * FRAME_STALL_LIMIT_MS);
  assert.equal(t.stalls(), 0);
  await t.liveFor(FRAME_STALL_LIMIT_MS / 2);
  assert.equal(t.stalls(), 0);
  await t.liveFor(FRAME_STALL_LIMIT_MS / 2 + FRAME_STALL_CHECK_MS);
  assert.equal(t.stalls(), 1);
});

Deno.test("a frame that grows, however slowly, does not stall", async () => {
  const t = start();
  for (let i = 0; i < 10; i++) {
    t.come(false);
    await t.liveFor(FRAME_STALL_LIMIT_MS - FRAME_STALL_CHECK_MS);
  }
  assert.equal(t.stalls(), 0);
});

Deno.test("a stream that rests between frames does not stall, and sets no timer", async () => {
  const t = start();
  t.come(false);
  t.come(true);
  await t.liveFor(10 * FRAME_STALL_LIMIT_MS);
  assert.equal(t.stalls(), 0);
  assert.equal(t.time.timers, 0);
});

Deno.test("a stream that is not read any more does not stall", async () => {
  const t = start();
  t.come(false);
  t.stall.stop();
  await t.liveFor(2 * FRAME_STALL_LIMIT_MS);
  assert.equal(t.stalls(), 0);
});
