import assert from "node:assert/strict";
import { DecodableFrames } from "./decodable_frames.ts";
import { FrameType } from "./frame_header.ts";

const key = (sequence: number) => ({
  frameType: FrameType.videoKey,
  sequence,
  referenceDistance: 0,
});
const delta = (sequence: number, referenceDistance = 1) => ({
  frameType: FrameType.videoDelta,
  sequence,
  referenceDistance,
});
/** L1T3: base, top, middle, top. */
const DISTANCES = [4, 1, 2, 1];
const layered = (sequence: number) => delta(sequence, DISTANCES[sequence % 4]);

Deno.test("nothing can be decoded before the first key frame", () => {
  const frames = new DecodableFrames();
  assert.equal(frames.admit(delta(0)), false);
  assert.equal(frames.started, false);
  assert.equal(frames.admit(key(1)), true);
  assert.equal(frames.started, true);
  assert.equal(frames.admit(delta(2)), true);
});

Deno.test("without temporal layers a missing frame breaks all that follow, up to a key frame", () => {
  const frames = new DecodableFrames();
  frames.admit(key(0));
  assert.equal(frames.admit(delta(2)), false);
  assert.equal(frames.admit(delta(3)), false);
  assert.equal(frames.admit(key(4)), true);
});

Deno.test("a delta frame that names no distance depends on the one before", () => {
  const frames = new DecodableFrames();
  frames.admit(key(0));
  assert.equal(frames.allows(delta(1, 0)), true);
  assert.equal(frames.allows(delta(2, 0)), false);
});

Deno.test("frames of higher temporal layers may be missing, in any number", () => {
  const frames = new DecodableFrames();
  frames.admit(key(0));
  for (const sequence of [4, 6, 8, 9, 12, 14, 15, 16]) {
    assert.equal(frames.admit(layered(sequence)), true, String(sequence));
  }
});

Deno.test("a top frame whose middle frame is missing cannot be decoded; the next base can", () => {
  const frames = new DecodableFrames();
  frames.admit(key(0));
  frames.admit(layered(1));
  assert.equal(frames.admit(layered(3)), false);
  assert.equal(frames.admit(layered(4)), true);
});

Deno.test("a missing base frame breaks every layer", () => {
  const frames = new DecodableFrames();
  frames.admit(key(0));
  for (const sequence of [5, 6, 7, 8, 9]) assert.equal(frames.admit(layered(sequence)), false);
});

Deno.test("sound depends on nothing", () => {
  const frames = new DecodableFrames();
  assert.equal(
    frames.admit({ frameType: FrameType.audio, sequence: 9, referenceDistance: 0 }),
    true,
  );
});

Deno.test("what no frame can name any more is forgotten", () => {
  const frames = new DecodableFrames();
  frames.admit(key(0));
  for (let sequence = 1; sequence <= 300; sequence++) frames.admit(delta(sequence));
  assert.equal(frames.allows(delta(255, 255)), false);
  assert.equal(frames.allows(delta(301, 255)), true);
});

Deno.test("a publisher that starts to count anew starts with a key frame", () => {
  const frames = new DecodableFrames();
  frames.admit(key(1000));
  frames.admit(key(0));
  assert.equal(frames.admit(delta(1)), true);
});
