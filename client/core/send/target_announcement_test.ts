import assert from "node:assert/strict";
import {
  ANNOUNCEMENT_INTERVAL_MS,
  RISE_WORTH_TELLING,
  TargetAnnouncement,
} from "./target_announcement.ts";

function at(bitrateBps: number, maxTemporalLayer = 2) {
  return [{ spatialLayer: 0, bitrateBps, maxTemporalLayer }];
}

function told(): TargetAnnouncement {
  const announcement = new TargetAnnouncement();
  assert.equal(announcement.tell(at(1_000_000), 0), true);
  return announcement;
}

Deno.test("a fall is told at once", () => {
  assert.equal(told().tell(at(800_000), 1), true);
});

Deno.test("a layer that begins or ends is told at once", () => {
  const announcement = told();
  assert.equal(announcement.tell(at(0), 1), true);
  assert.equal(announcement.tell(at(50_000), 2), true);
});

Deno.test("small falls are told together, not one by one", () => {
  const announcement = told();
  assert.equal(announcement.tell(at(990_000), 10), false);
  assert.equal(announcement.tell(at(980_000), ANNOUNCEMENT_INTERVAL_MS), true);
});

Deno.test("a rise is told at leisure, and only if it is worth it", () => {
  const announcement = told();
  const riseBps = 1_000_000 * RISE_WORTH_TELLING;
  assert.equal(announcement.tell(at(riseBps + 1), ANNOUNCEMENT_INTERVAL_MS - 1), false);
  assert.equal(announcement.tell(at(riseBps), ANNOUNCEMENT_INTERVAL_MS), false);
  assert.equal(announcement.tell(at(riseBps + 1), ANNOUNCEMENT_INTERVAL_MS), true);
});

Deno.test("another temporal layer is told at leisure", () => {
  const announcement = told();
  assert.equal(announcement.tell(at(1_000_000, 1), 10), false);
  assert.equal(announcement.tell(at(1_000_000, 1), ANNOUNCEMENT_INTERVAL_MS), true);
});

Deno.test("after a reset everything is told", () => {
  const announcement = told();
  announcement.reset();
  assert.equal(announcement.tell(at(1_000_000), 1), true);
});
