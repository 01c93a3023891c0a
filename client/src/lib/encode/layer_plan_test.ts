import assert from "node:assert/strict";
import { type LayerConditions, planLayer } from "./layer_plan.ts";
import { NO_RELIEF } from "./overload.ts";
import { cameraLadder, screenLadder } from "./simulcast_ladder.ts";

const HD = { width: 1280, height: 720 };
const FULL_HD = { width: 1920, height: 1080 };
const low = cameraLadder(HD)[0]!;
const high = cameraLadder(HD)[2]!;
const screen = screenLadder(FULL_HD)[0]!;

function camera(changes: Partial<LayerConditions> = {}) {
  return planLayer({
    content: "camera",
    layer: high,
    source: HD,
    framerate: 30,
    bitrateBps: 1_000_000,
    relief: NO_RELIEF,
    ...changes,
  });
}

function share(changes: Partial<LayerConditions>) {
  return camera({ layer: screen, source: FULL_HD, ...changes });
}

Deno.test("a camera layer has its own size, three temporal layers and the wanted rate", () => {
  assert.deepEqual(camera(), {
    ...HD,
    bitrateBps: 1_000_000,
    framerate: 30,
    scalabilityMode: "L1T3",
    contentHint: "motion",
  });
});

Deno.test("a camera that is turned keeps the layer's size, upright", () => {
  const { width, height } = camera({ source: { width: 720, height: 1280 }, layer: low });
  assert.deepEqual({ width, height }, { width: 180, height: 320 });
});

Deno.test("a camera that captures fewer pictures is planned with as many", () => {
  assert.equal(camera({ framerate: 24 }).framerate, 24);
});

Deno.test("a starved layer halves its frame rate, one that is merely thin does not", () => {
  assert.equal(camera({ bitrateBps: 310_000 }).framerate, 30);
  assert.equal(camera({ bitrateBps: 290_000 }).framerate, 15);
});

Deno.test("relief shrinks a picture, but not below 180 lines", () => {
  const relief = { scale: 0.5, framerateShare: 0.5 };
  assert.deepEqual(camera({ relief }).height, 360);
  assert.deepEqual(camera({ relief }).framerate, 15);
  assert.deepEqual(camera({ relief, layer: low }).height, 180);
});

Deno.test("a text share keeps its size and slows down from 15 to 5 pictures a second", () => {
  const plans = [3_000_000, 900_000, 600_000, 150_000, 50_000].map((bitrateBps) =>
    share({ content: "text", bitrateBps })
  );
  assert.deepEqual(plans.map(({ framerate }) => framerate), [15, 15, 10, 5, 5]);
  assert.deepEqual(new Set(plans.map(({ height }) => height)), new Set([1080]));
});

Deno.test("a share in motion shrinks and keeps 30 pictures a second", () => {
  const plans = [3_000_000, 1_500_000, 600_000, 300_000].map((bitrateBps) =>
    share({ content: "motion", bitrateBps })
  );
  assert.deepEqual(plans.map(({ height }) => height), [1080, 810, 540, 360]);
  assert.deepEqual(new Set(plans.map(({ framerate }) => framerate)), new Set([30]));
});

Deno.test("a share in motion grows only when there is clearly more than it needs", () => {
  const before = share({ content: "motion", bitrateBps: 1_000_000 });
  assert.equal(before.height, 540);
  assert.equal(share({ content: "motion", bitrateBps: 1_300_000, before }).height, 540);
  assert.equal(share({ content: "motion", bitrateBps: 1_600_000, before }).height, 810);
});
