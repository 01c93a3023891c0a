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
