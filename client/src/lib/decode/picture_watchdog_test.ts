import assert from "node:assert/strict";
import {
  MAXIMUM_ATTEMPT_INTERVAL_MS,
  PictureWatchdog,
  STUCK_AFTER_MS,
} from "./picture_watchdog.ts";

function camera(): PictureWatchdog {
  const watchdog = new PictureWatchdog(false);
  watchdog.watch(true, 0);
  return watchdog;
}

Deno.test("a stream that shows pictures needs nothing", () => {
  const watchdog = camera();
  for (let atMs = 0; atMs < 10_000; atMs += 900) {
    watchdog.frameArrived(atMs);
    watchdog.pictureCame(atMs);
    assert.equal(watchdog.check(atMs + 899), undefined);
  }
});

Deno.test("a camera without a picture gets a key frame, then a new subscription", () => {
  const watchdog = camera();
  assert.equal(watchdog.check(STUCK_AFTER_MS - 1), undefined);
  assert.equal(watchdog.check(STUCK_AFTER_MS), "key-frame");
  assert.equal(watchdog.check(STUCK_AFTER_MS + 100), undefined);
  assert.equal(watchdog.check(STUCK_AFTER_MS + 500), "resubscribe");
});

Deno.test("attempts become rarer, and never cease", () => {
  const watchdog = camera();
  const attempts: number[] = [];
  for (let atMs = 0; atMs < 120_000; atMs += 100) {
    if (watchdog.check(atMs)) attempts.push(atMs);
  }
  const lastInterval = attempts.at(-1)! - attempts.at(-2)!;
  assert.equal(lastInterval, MAXIMUM_ATTEMPT_INTERVAL_MS);
  assert.ok(attempts.length < 20);
});

Deno.test("a picture ends the attempts", () => {
  const watchdog = camera();
  watchdog.check(1_000);
  watchdog.pictureCame(1_100);
  assert.equal(watchdog.check(2_000), undefined);
  assert.equal(watchdog.check(2_100), "key-frame");
});

Deno.test("nobody looks: nothing is missing", () => {
  const watchdog = camera();
  watchdog.watch(false, 500);
  assert.equal(watchdog.check(20_000), undefined);
  watchdog.watch(true, 20_000);
  assert.equal(watchdog.check(20_900), undefined);
  assert.equal(watchdog.check(21_000), "key-frame");
});

Deno.test("a shared screen that stands still is well", () => {
  const watchdog = new PictureWatchdog(true);
  watchdog.watch(true, 0);
  watchdog.pictureCame(100);
  assert.equal(watchdog.check(60_000), undefined);
});

Deno.test("a shared screen is stuck when its frames give no pictures, or it never had one", () => {
  const watchdog = new PictureWatchdog(true);
  watchdog.watch(true, 0);
  assert.equal(watchdog.check(1_000), "key-frame");
  watchdog.pictureCame(1_200);
  watchdog.frameArrived(30_000);
  assert.equal(watchdog.check(30_900), undefined);
  assert.equal(watchdog.check(31_000), "key-frame");
});
