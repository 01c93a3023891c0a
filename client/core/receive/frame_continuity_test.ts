import assert from "node:assert/strict";
import { FrameType } from "../../../proto/media_frame/frame_header.ts";
import { type ContinuedFrame, FrameContinuity } from "./frame_continuity.ts";

const { audio, videoKey, videoDelta } = FrameType;

type Judged = [FrameType, sequence: number, fields?: Partial<ContinuedFrame>];

/** Frames are captured in the order given, a second apart, unless they say otherwise. */
function judge(...frames: Judged[]) {
  const continuity = new FrameContinuity();
  return frames.map(([frameType, sequence, fields], index) =>
    continuity.next({
      frameType,
      sequence,
      spatialLayer: 0,
      temporalLayer: 0,
      referenceDistance: 0,
      timestampUs: index * 1_000_000,
      ...fields,
    })
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

Deno.test("higher temporal layers may be left out", () => {
  assert.deepEqual(
    judge(
      [videoKey, 0],
      [videoDelta, 4, { referenceDistance: 4 }],
      [videoDelta, 6, { referenceDistance: 2, temporalLayer: 1 }],
    ),
    ["deliver", "deliver", "deliver"],
  );
});

Deno.test("a frame of a higher temporal layer without its reference breaks nothing", () => {
  assert.deepEqual(
    judge(
      [videoKey, 0],
      [videoDelta, 3, { referenceDistance: 1, temporalLayer: 2 }],
      [videoDelta, 4, { referenceDistance: 4 }],
    ),
    ["deliver", "incomplete", "deliver"],
  );
});

Deno.test("another spatial layer has its own numbers and begins at a key frame", () => {
  const spatialLayer = 1;
  assert.deepEqual(
    judge(
      [videoKey, 90],
      [videoDelta, 3, { spatialLayer }],
      [videoKey, 4, { spatialLayer }],
      [videoDelta, 5, { spatialLayer }],
    ),
    ["deliver", "broken", "deliver", "deliver"],
  );
});

Deno.test("what comes late of a layer that was left is dropped", () => {
  assert.deepEqual(
    judge(
      [videoKey, 0, { timestampUs: 0 }],
      [videoKey, 8, { timestampUs: 100, spatialLayer: 1 }],
      [videoDelta, 1, { timestampUs: 50 }],
      [videoKey, 2, { timestampUs: 90 }],
      [videoDelta, 9, { timestampUs: 133, spatialLayer: 1 }],
    ),
    ["deliver", "deliver", "duplicate", "duplicate", "deliver"],
  );
});

Deno.test("the layer that broke is named until a key frame comes", () => {
  const continuity = new FrameContinuity();
  const fields = { temporalLayer: 0, referenceDistance: 0 };
  continuity.next({ ...fields, frameType: videoKey, sequence: 0, spatialLayer: 0, timestampUs: 0 });
  assert.equal(continuity.brokenLayer, undefined);
  const other = { ...fields, sequence: 5, spatialLayer: 2 };
  continuity.next({ ...other, frameType: videoDelta, timestampUs: 33 });
  assert.equal(continuity.brokenLayer, 2);
  continuity.next({ ...other, frameType: videoKey, timestampUs: 66 });
  assert.equal(continuity.brokenLayer, undefined);
});
