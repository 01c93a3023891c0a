import assert from "node:assert/strict";
import { PathBlockage, type PathExpectation } from "./path_blockage.ts";

const NOTHING = { oldestAgeMs: 0, bytesInFlight: 0 };
/** 1 Mbit/s: 125 bytes a millisecond. A round trip and half an interval are usual: 90 ms. */
const CLEAR: PathExpectation = {
  baseRttMs: 40,
  reportIntervalMs: 100,
  usualAgeMs: 190,
  risingMs: 0,
  foreignQueueMs: 0,
  capacityBps: 1e6,
  isFull: false,
  isFloodedAtStart: false,
};
const FULL = { ...CLEAR, isFull: true };

function reported(): PathBlockage {
  const blockage = new PathBlockage();
  blockage.takeReport(0);
  return blockage;
}

/** What takes `ms` longer to arrive than is usual. */
function backlog(ms: number) {
  return { oldestAgeMs: 0, bytesInFlight: (ms + 90) * 125 };
}

Deno.test("a path on which nothing is under way is not blocked", () => {
  const blockage = reported();
  blockage.judge(NOTHING, CLEAR, 10_000);
  assert.equal(blockage.overdueMs, 0);
  assert.equal(blockage.isBlocked, false);
});

Deno.test("a report that is overdue counts as a queue, longer with time", () => {
  const blockage = reported();
  blockage.judge({ ...NOTHING, oldestAgeMs: 190 }, CLEAR, 190);
  assert.equal(blockage.overdueMs, 0);
  blockage.judge({ ...NOTHING, oldestAgeMs: 200 }, CLEAR, 200);
  assert.equal(blockage.overdueMs, 70);
  assert.equal(blockage.isBlocked, false);
});

Deno.test("nothing is overdue before the first report", () => {
  const blockage = new PathBlockage();
  assert.equal(blockage.hasReport, false);
  blockage.judge({ ...NOTHING, oldestAgeMs: 300 }, CLEAR, 300);
  assert.equal(blockage.overdueMs, 0);
});

Deno.test("what waited for this program both ways is not overdue", () => {
  const blockage = reported();
  blockage.judge({ ...NOTHING, oldestAgeMs: 389, lagMs: 100 }, CLEAR, 389);
  assert.equal(blockage.overdueMs, 0);
});

Deno.test("a path that is silent is blocked, and a report ends that", () => {
  const blockage = reported();
  blockage.judge({ ...NOTHING, oldestAgeMs: 391 }, CLEAR, 400);
  assert.equal(blockage.isBlocked, true);
  assert.equal(blockage.takeReport(500), true);
  blockage.judge({ ...NOTHING, oldestAgeMs: 600 }, CLEAR, 520);
  assert.equal(blockage.isBlocked, false);
});

Deno.test("a report on a path that is not blocked ends no silence, however late it is", () => {
  assert.equal(reported().takeReport(60_000), false);
});

Deno.test("a full path is blocked by a long backlog until it is a short one", () => {
  const blockage = reported();
  const isBlockedBy = (ms: number) => {
    blockage.judge(backlog(ms), FULL, 100);
    return blockage.isBlocked;
  };
  assert.deepEqual([190, 210, 100, 70, 190].map(isBlockedBy), [false, true, true, false, false]);
});

Deno.test("a backlog blocks no path that is not full, unless a report is overdue", () => {
  const blockage = reported();
  blockage.judge(backlog(500), CLEAR, 100);
  assert.equal(blockage.isBlocked, false);
  blockage.judge({ ...backlog(160), oldestAgeMs: 200 }, CLEAR, 200);
  assert.equal(blockage.isBlocked, true);
});

Deno.test("what others keep waiting is no backlog of one's own", () => {
  const blockage = reported();
  blockage.judge(backlog(290), { ...FULL, foreignQueueMs: 100 }, 100);
  assert.equal(blockage.isBlocked, false);
});

Deno.test("a report that is overdue while a queue begins to show blocks the path", () => {
  const blockage = reported();
  blockage.judge({ ...NOTHING, oldestAgeMs: 200 }, { ...CLEAR, risingMs: 61 }, 200);
  assert.equal(blockage.isBlocked, true);
});

Deno.test("a path that is flooded at its start is blocked", () => {
  const blockage = new PathBlockage();
  blockage.judge(NOTHING, { ...CLEAR, isFloodedAtStart: true }, 0);
  assert.equal(blockage.isBlocked, true);
});

Deno.test("what does not wait on the network waits on this machine", () => {
  const blockage = reported();
  blockage.judge(backlog(150), CLEAR, 100);
  assert.equal(blockage.isBacklogged(60), true);
  assert.equal(blockage.isBacklogged(80), false);
});
