import assert from "node:assert/strict";
import fc from "fast-check";
import { propertyRuns } from "../../../../proto/testing/property_runs.ts";
import { cameraLadder, screenLadder, startBitrateBps } from "./simulcast_ladder.ts";

const summary = (width: number, height: number) =>
  cameraLadder({ width, height }).map((layer) =>
    `${layer.spatialLayer} ${layer.layerId} ${layer.width}x${layer.height} ` +
    `${layer.minBitrateBps / 1_000}-${layer.maxBitrateBps / 1_000}`
  );

Deno.test("a 720p camera has all three layers", () => {
  assert.deepEqual(summary(1280, 720), [
    "0 low 320x180 50-250",
    "1 medium 640x360 150-900",
    "2 high 1280x720 500-2500",
  ]);
});

Deno.test("a larger camera is sent at 720p", () => {
  assert.deepEqual(summary(1920, 1080), summary(1280, 720));
});

Deno.test("a 360p camera has two layers, the higher at its own size", () => {
  assert.deepEqual(summary(640, 360), ["0 low 320x180 50-250", "1 medium 640x360 150-900"]);
});

Deno.test("a camera as small as the smallest layer has that one alone", () => {
  assert.deepEqual(summary(320, 180), ["0 low 320x180 50-250"]);
  assert.deepEqual(summary(160, 120), ["0 low 160x120 50-250"]);
});

Deno.test("a size between two layers becomes the highest, with rates between theirs", () => {
  assert.deepEqual(summary(960, 540), [
    "0 low 320x180 50-250",
    "1 medium 640x360 150-900",
    "2 high 960x540 303-1636",
  ]);
});

Deno.test("a layer that is hardly smaller than the next is left out", () => {
  assert.deepEqual(summary(720, 405).map((line) => line.split(" ")[1]), ["low", "high"]);
});

Deno.test("an upright camera has upright layers", () => {
  assert.deepEqual(cameraLadder({ width: 720, height: 1280 }).map(({ width }) => width), [
    180,
    360,
    720,
  ]);
});

Deno.test("a screen has one layer, at full size up to 1080p", () => {
  assert.deepEqual(screenLadder({ width: 3840, height: 2160 }), [{
    spatialLayer: 0,
    layerId: "high",
    width: 1920,
    height: 1080,
    minBitrateBps: 150_000,
    maxBitrateBps: 3_000_000,
  }]);
});

Deno.test("layers are numbered without gaps, and grow in size and rates", () => {
  const side = fc.integer({ min: 16, max: 8_192 });
  fc.assert(
    fc.property(side, side, (width, height) => {
      const layers = cameraLadder({ width, height });
      layers.forEach((layer, index) => {
        const lower = layers[index - 1];
        assert.equal(layer.spatialLayer, index);
        assert.ok(layer.minBitrateBps < layer.maxBitrateBps);
        assert.ok(startBitrateBps(layer) > layer.minBitrateBps);
        if (!lower) return;
        assert.ok(layer.width * layer.height > lower.width * lower.height);
        assert.ok(layer.maxBitrateBps >= lower.maxBitrateBps);
      });
    }),
    propertyRuns(300),
  );
});
