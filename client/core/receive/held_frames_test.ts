import assert from "node:assert/strict";
import {
  encodeFrame,
  FrameType,
  readFrameHeader,
} from "../../../proto/media_frame/frame_header.ts";
import type { Frame } from "../../../proto/media_frame/frame_parser.ts";
import { SimulatedTime } from "../testing/simulated_time.ts";
import {
  HeldFrames,
  HOLD_LIMIT_MS,
  MAX_HELD_BYTES,
  MAX_HELD_FRAMES,
  MAX_HELD_STREAMS,
} from "./held_frames.ts";

const STREAM_ID = "11111111-1111-4111-8111-111111111111";

function frame(sequence: number, streamId = STREAM_ID, length = 10): Frame {
  const bytes = encodeFrame({
    frameType: FrameType.videoDelta,
    streamId,
    timestampUs: 0,
    sequence,
    endOfFrame: true,
    discardable: false,
    referenceDistance: 0,
    spatialLayer: 0,
    temporalLayer: 0,
    audioLevel: 127,
    groupNumber: 0,
  }, new Uint8Array(length));
  return { header: readFrameHeader(bytes), bytes };
}

Deno.test("held frames come out once, in order", () => {
  const held = new HeldFrames(new SimulatedTime());
  held.hold(frame(0));
  held.hold(frame(1));
  assert.deepEqual(held.take(STREAM_ID).map(({ header }) => header.sequence), [0, 1]);
  assert.deepEqual(held.take(STREAM_ID), []);
});

Deno.test("frames of a stream that stays unknown are dropped after a second", async () => {
  const time = new SimulatedTime();
  const held = new HeldFrames(time);
  held.hold(frame(0));
  await time.advance(HOLD_LIMIT_MS - 1);
  held.hold(frame(1));
  await time.advance(1);
  assert.deepEqual(held.take(STREAM_ID), []);
  assert.equal(time.timers, 0);
});

Deno.test("frames, bytes and streams are bounded", () => {
  const held = new HeldFrames(new SimulatedTime());
  for (let i = 0; i < MAX_HELD_FRAMES; i++) assert.equal(held.hold(frame(i)), true);
  assert.equal(held.hold(frame(MAX_HELD_FRAMES)), false);
  for (let i = 1; i < MAX_HELD_STREAMS; i++) {
    assert.equal(held.hold(frame(0, crypto.randomUUID())), true);
  }
  assert.equal(held.hold(frame(0, crypto.randomUUID())), false);
  held.clear();
  const large = 1024 * 1024;
  for (let i = 0; i * large < MAX_HELD_BYTES; i++) held.hold(frame(i, STREAM_ID, large));
  assert.ok(held.take(STREAM_ID).length * large < MAX_HELD_BYTES);
  assert.equal(held.hold(frame(0, STREAM_ID, large)), true);
});
