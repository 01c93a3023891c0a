import assert from "node:assert/strict";
import { FrameType } from "../../../proto/media_frame/frame_header.ts";
import { FrameContinuity } from "./frame_continuity.ts";

const { audio, videoKey, videoDelta } = FrameType;

function judge(...frames: [frameType: FrameType, sequence: number, spatialLayer?: number][]) {
  const continuity = new FrameContinuity();
  return frames.map(([frameType, sequence, spatialLayer = 0]) =>
    continuity.next({ frameType, sequence, spatialLayer })
  );
}

Deno.test("video begins at a key frame", () => {
  assert.deepEqual(judge([videoDelta, 4], [videoKey, 5], [videoDelta, 6]), [
    "broken",
    "deliver",
    "deliver",
  ]);
});

Deno.test("after a gap deltas are of no use until the next key frame", () => {
  assert.deepEqual(
    judge([videoKey, 0], [videoDelta, 2], [videoDelta, 3], [videoKey, 4], [videoDelta, 5]),
    ["deliver", "broken", "broken", "deliver", "deliver"],
  );
});

Deno.test("a key frame after a gap goes on at once", () => {
  assert.deepEqual(judge([videoKey, 0], [videoKey, 7], [videoDelta, 8]), [
    "deliver",
    "deliver",
    "deliver",
  ]);
});

Deno.test("what came before comes only once, and breaks nothing", () => {
  assert.deepEqual(
    judge([videoKey, 0], [videoDelta, 1], [videoKey, 0], [videoDelta, 1], [videoDelta, 2]),
    ["deliver", "deliver", "duplicate", "duplicate", "deliver"],
  );
});

Deno.test("audio is never broken", () => {
  assert.deepEqual(judge([audio, 10], [audio, 12], [audio, 11], [audio, 40]), [
    "deliver",
    "deliver",
    "duplicate",
    "deliver",
  ]);
});

Deno.test("another spatial layer has its own numbers and begins at a key frame", () => {
  assert.deepEqual(
    judge([videoKey, 90], [videoDelta, 3, 1], [videoKey, 4, 1], [videoDelta, 5, 1]),
    ["deliver", "broken", "deliver", "deliver"],
  );
});
