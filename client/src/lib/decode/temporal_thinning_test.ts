import assert from "node:assert/strict";
import { BEHIND_FRAMES, TemporalThinning } from "./temporal_thinning.ts";

Deno.test("a decoder that keeps up gets every frame", () => {
  const thinning = new TemporalThinning();
  for (const layer of [0, 2, 1, 2]) assert.ok(thinning.admit(layer, BEHIND_FRAMES - 1));
});

Deno.test("one that is behind gets base frames only, until it has caught up at a base frame", () => {
  const thinning = new TemporalThinning();
  assert.ok(!thinning.admit(2, BEHIND_FRAMES));
  assert.ok(!thinning.admit(1, 0));
  assert.ok(thinning.admit(0, 3));
  assert.ok(!thinning.admit(2, 0));
  assert.ok(thinning.admit(0, 1));
  assert.ok(thinning.admit(2, 1));
});

Deno.test("layers above the highest one are left out at once, and come back at a base frame", () => {
  const thinning = new TemporalThinning();
  const admitted = (...layers: number[]) => layers.filter((layer) => thinning.admit(layer, 0));
  assert.deepEqual(admitted(0, 2, 1, 2), [0, 2, 1, 2]);
  thinning.maxTemporalLayer = 1;
  assert.deepEqual(admitted(2, 1, 2, 0, 2, 1), [1, 0, 1]);
  thinning.maxTemporalLayer = 2;
  assert.deepEqual(admitted(2, 1, 2, 0, 2), [1, 0, 2]);
});
