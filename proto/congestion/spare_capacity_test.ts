import assert from "node:assert/strict";
import { SpareCapacity } from "./spare_capacity.ts";

/** Uses an idle look that a full path proves wrong a second later; how long it is not believed then. */
function betrayedMs(spare: SpareCapacity, nowMs: number): number {
  spare.used(nowMs);
  spare.pathFilled(nowMs + 1_000);
  for (let waitedMs = 0;; waitedMs += 100) {
    if (spare.isThere(0.1, nowMs + 1_000 + waitedMs)) return waitedMs;
  }
}

Deno.test("pieces that take far less time than at the target show spare capacity", () => {
  const spare = new SpareCapacity();
  assert.equal(spare.isThere(0.2, 0), true);
  assert.equal(spare.isThere(0.9, 0), false);
});

Deno.test("too few pieces show nothing", () => {
  assert.equal(new SpareCapacity().isThere(undefined, 0), false);
});

Deno.test("a path that was full soon after is not believed for twice as long each time, 16 s at most", () => {
  const spare = new SpareCapacity();
  const waits = [0, 100_000, 200_000, 300_000, 400_000].map((nowMs) => betrayedMs(spare, nowMs));
  assert.deepEqual(waits, [2_000, 4_000, 8_000, 16_000, 16_000]);
});

Deno.test("a path that is full long after is no reason for distrust", () => {
  const spare = new SpareCapacity();
  spare.used(0);
  spare.pathFilled(2_000);
  assert.equal(spare.isThere(0.1, 2_000), true);
});

Deno.test("a path that is full without such growth is no reason for distrust", () => {
  const spare = new SpareCapacity();
  spare.pathFilled(0);
  assert.equal(spare.isThere(0.1, 0), true);
});
