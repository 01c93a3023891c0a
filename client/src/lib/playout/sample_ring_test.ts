import assert from "node:assert/strict";
import {
  RING_BYTE_LENGTH,
  RING_CAPACITY_FRAMES,
  RING_HISTORY_FRAMES,
  SampleRing,
} from "./sample_ring.ts";

function counting(from: number, frames: number): Float32Array {
  return Float32Array.from({ length: frames }, (_, index) => from + index);
}

function read(ring: SampleRing, frames: number, channel = 0): number[] {
  const samples = new Float32Array(frames);
  ring.copy(channel, 0, samples);
  return [...samples];
}

Deno.test("what one ring writes another over the same memory reads", () => {
  const buffer = new SharedArrayBuffer(RING_BYTE_LENGTH);
  const writer = new SampleRing(buffer);
  const reader = new SampleRing(buffer);
  assert.ok(writer.write([counting(1, 3), counting(11, 3)]));
  assert.equal(reader.available, 3);
  assert.deepEqual(read(reader, 3), [1, 2, 3]);
  assert.deepEqual(read(reader, 3, 1), [11, 12, 13]);
  reader.advance(2);
  assert.equal(writer.available, 1);
  assert.equal(reader.at(0, 0), 3);
  assert.equal(reader.at(0, -1), 2);
});

Deno.test("one channel fills both", () => {
  const ring = new SampleRing(new ArrayBuffer(RING_BYTE_LENGTH));
  ring.write([counting(1, 2)]);
  assert.deepEqual(read(ring, 2, 1), [1, 2]);
});

Deno.test("samples stay in order around the end of the memory, many times over", () => {
  const ring = new SampleRing(new ArrayBuffer(RING_BYTE_LENGTH));
  for (let from = 0; from < RING_CAPACITY_FRAMES * 3; from += 960) {
    assert.ok(ring.write([counting(from, 960)]));
    assert.deepEqual(read(ring, 960), [...counting(from, 960)]);
    ring.advance(960);
  }
});

Deno.test("what does not fit is refused whole and counted", () => {
  const ring = new SampleRing(new ArrayBuffer(RING_BYTE_LENGTH));
  const room = RING_CAPACITY_FRAMES - RING_HISTORY_FRAMES;
  assert.ok(ring.write([counting(0, room)]));
  assert.ok(!ring.write([counting(0, 1)]));
  assert.equal(ring.available, room);
  assert.equal(ring.overflowedFrames, 1);
});

Deno.test("memory of another size is refused", () => {
  assert.throws(() => new SampleRing(new ArrayBuffer(64)), RangeError);
});
