import assert from "node:assert/strict";
import { fitSize, scaleSize } from "./picture_size.ts";

const HD = { longSide: 1280, shortSide: 720 };

Deno.test("a picture within the bounds keeps its size", () => {
  assert.deepEqual(fitSize({ width: 640, height: 360 }, HD), { width: 640, height: 360 });
});

Deno.test("a larger picture shrinks into the bounds with its shape", () => {
  assert.deepEqual(fitSize({ width: 1920, height: 1080 }, HD), { width: 1280, height: 720 });
  assert.deepEqual(fitSize({ width: 1600, height: 1200 }, HD), { width: 960, height: 720 });
});

Deno.test("an upright picture is bounded on its own long side", () => {
  assert.deepEqual(fitSize({ width: 1080, height: 1920 }, HD), { width: 720, height: 1280 });
});

Deno.test("odd sides become even and tiny windows keep a size", () => {
  assert.deepEqual(fitSize({ width: 641, height: 361 }, HD), { width: 640, height: 360 });
  assert.deepEqual(fitSize({ width: 3, height: 700 }, HD), { width: 16, height: 700 });
});

Deno.test("a share of a size has even sides", () => {
  assert.deepEqual(scaleSize({ width: 1280, height: 718 }, 0.75), { width: 960, height: 538 });
});
