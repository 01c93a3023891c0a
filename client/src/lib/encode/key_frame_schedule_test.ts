import assert from "node:assert/strict";
import { KeyFrameSchedule } from "./key_frame_schedule.ts";

Deno.test("the first frame is a key frame and then one every thirty seconds", () => {
  const schedule = new KeyFrameSchedule();
  const keys: number[] = [];
  for (let now = 0; now < 65_000; now += 40) if (schedule.next(now, false)) keys.push(now);
  assert.deepEqual(keys, [0, 30_000, 60_000]);
});

Deno.test("a requested key frame comes with the next frame, once", () => {
  const schedule = new KeyFrameSchedule();
  schedule.next(0, false);
  schedule.request();
  assert.ok(schedule.pending);
  assert.ok(schedule.next(10, false));
  assert.ok(!schedule.next(20, false));
});

Deno.test("a congested stream gets a key frame at most every 250 ms", () => {
  const schedule = new KeyFrameSchedule();
  schedule.next(0, false);
  const keys: number[] = [];
  for (let now = 33; now < 700; now += 33) if (schedule.next(now, true)) keys.push(now);
  assert.deepEqual(keys, [264, 528]);
});
