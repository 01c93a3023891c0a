import assert from "node:assert/strict";
import { LipSync, MAXIMUM_SOUND_WAIT_MS, type SyncDelays } from "./lip_sync.ts";

const MAXIMUM_PICTURE_WAIT_MS = 120;

/** Lets sound and picture of these delays find each other; the distance that remains. */
function settle(soundMs: number, pictureMs: number, sync = new LipSync(MAXIMUM_PICTURE_WAIT_MS)) {
  let waiting: SyncDelays = { pictureMs: 0, soundMs: 0 };
  for (let round = 0; round < 100; round++) {
    waiting = sync.update(soundMs + waiting.soundMs, pictureMs + waiting.pictureMs);
  }
  const lateMs = soundMs + waiting.soundMs - pictureMs - waiting.pictureMs;
  return { ...waiting, lateMs, sync };
}

Deno.test("nothing waits while sound and picture are close", () => {
  for (const distanceMs of [-40, -20, 0, 20, 40]) {
    const { pictureMs, soundMs } = settle(1_000 + distanceMs, 1_000);
    assert.deepEqual([pictureMs, soundMs], [0, 0]);
  }
});

Deno.test("a picture far ahead of its sound waits until they are close", () => {
  const { lateMs, soundMs } = settle(150, 50);
  assert.ok(lateMs > 0 && lateMs <= 40, `${lateMs}`);
  assert.equal(soundMs, 0);
});

Deno.test("a picture waits no longer than it may", () => {
  assert.equal(settle(900, 50).pictureMs, MAXIMUM_PICTURE_WAIT_MS);
});

Deno.test("sound far ahead of its picture waits, but only a little", () => {
  const near = settle(50, 120);
  assert.ok(near.lateMs < 0 && near.lateMs >= -40, `${near.lateMs}`);
  assert.equal(settle(50, 900).soundMs, MAXIMUM_SOUND_WAIT_MS);
});

Deno.test("what waited goes on at once when the other has caught up", () => {
  const { sync } = settle(150, 50);
  assert.equal(settle(50, 50, sync).pictureMs < 1, true);
});

Deno.test("how far apart the clocks are does not matter", () => {
  const { lateMs } = settle(-5_000_100, -5_000_200);
  assert.ok(lateMs > 0 && lateMs <= 40, `${lateMs}`);
});
