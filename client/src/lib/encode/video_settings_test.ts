import assert from "node:assert/strict";
import { bitrateBps, encodedSize, maximumFramerate } from "./video_settings.ts";

Deno.test("a camera picture within the bounds keeps its size", () => {
  assert.deepEqual(encodedSize({ width: 640, height: 360 }, "camera"), { width: 640, height: 360 });
});

Deno.test("a larger camera picture shrinks into 1280x720 with its shape", () => {
  assert.deepEqual(encodedSize({ width: 1920, height: 1080 }, "camera"), {
    width: 1280,
    height: 720,
  });
  assert.deepEqual(encodedSize({ width: 1600, height: 1200 }, "camera"), {
    width: 960,
    height: 720,
  });
});

Deno.test("an upright picture is bounded on its own long side", () => {
  assert.deepEqual(encodedSize({ width: 1080, height: 1920 }, "camera"), {
    width: 720,
    height: 1280,
  });
});

Deno.test("odd sides become even and tiny windows keep a size", () => {
  assert.deepEqual(encodedSize({ width: 641, height: 361 }, "screen"), { width: 640, height: 360 });
  assert.deepEqual(encodedSize({ width: 3, height: 900 }, "screen"), { width: 16, height: 900 });
});

Deno.test("a shared screen keeps 1920x1080", () => {
  assert.deepEqual(encodedSize({ width: 1920, height: 1080 }, "screen"), {
    width: 1920,
    height: 1080,
  });
  assert.deepEqual(encodedSize({ width: 3840, height: 2160 }, "screen"), {
    width: 1920,
    height: 1080,
  });
});

Deno.test("the bitrate passes through the two reference points", () => {
  assert.equal(bitrateBps({ width: 640, height: 360 }, "camera"), 600_000);
  assert.equal(bitrateBps({ width: 1280, height: 720 }, "camera"), 1_500_000);
});

Deno.test("a camera runs at 30 and a screen at 15 pictures a second", () => {
  assert.equal(maximumFramerate("camera"), 30);
  assert.equal(maximumFramerate("screen"), 15);
});
