import assert from "node:assert/strict";
import fc from "fast-check";
import { encodeFrame, FrameType } from "../media_frame/frame_header.ts";
import { fromHex, toHex } from "../testing/hex.ts";
import { propertyRuns } from "../testing/property_runs.ts";
import vectors from "../vectors/audio_datagram.json" with { type: "json" };
import {
  AUDIO_DATAGRAM_PREFIX_LENGTH,
  AudioDatagramError,
  encodeAudioDatagram,
  MAX_AUDIO_DATAGRAM_FRAME,
  MAX_AUDIO_DATAGRAM_LENGTH,
  readAudioDatagram,
} from "./audio_datagram.ts";

const STREAM = "00112233-4455-6677-8899-aabbccddeeff";

function audioFrame(sequence: number, payload: Uint8Array): Uint8Array<ArrayBuffer> {
  return encodeFrame({
    frameType: FrameType.audio,
    streamId: STREAM,
    timestampUs: sequence * 20_000,
    sequence,
    endOfFrame: true,
    discardable: false,
    referenceDistance: 0,
    spatialLayer: 0,
    temporalLayer: 0,
    audioLevel: 30,
    groupNumber: 0,
  }, payload);
}

Deno.test("an audio datagram is its number, its time, and whole frames", () => {
  const frames = [audioFrame(7, new Uint8Array([1, 2])), audioFrame(8, new Uint8Array([3]))];
  const bytes = encodeAudioDatagram(258, 0x01020304, frames);
  assert.equal(toHex(bytes.subarray(0, AUDIO_DATAGRAM_PREFIX_LENGTH)), "030000010201020304");
  const { number, sentAtTicks, frames: read } = readAudioDatagram(bytes);
  assert.deepEqual({ number, sentAtTicks }, { number: 258, sentAtTicks: 0x01020304 });
  assert.deepEqual(read.map(({ header }) => header.sequence), [7, 8]);
  assert.deepEqual(read.map(({ bytes }) => toHex(bytes)), frames.map(toHex));
});

Deno.test("golden audio datagrams read and write as recorded", () => {
  for (const { name, bytes, number, sentAtTicks, frames } of vectors.valid) {
    const read = readAudioDatagram(fromHex(bytes));
    assert.deepEqual(read.frames.map((frame) => toHex(frame.bytes)), frames, name);
    assert.deepEqual([read.number, read.sentAtTicks], [number, sentAtTicks], name);
    assert.equal(toHex(encodeAudioDatagram(number, sentAtTicks, frames.map(fromHex))), bytes, name);
  }
});

Deno.test("malformed audio datagrams are refused", () => {
  for (const { name, bytes } of vectors.invalid) {
    assert.throws(() => readAudioDatagram(fromHex(bytes)), AudioDatagramError, name);
  }
});

Deno.test("a frame keeps its bytes when the datagram's buffer is used again", () => {
  const bytes = encodeAudioDatagram(0, 0, [audioFrame(1, new Uint8Array([9]))]);
  const { frames } = readAudioDatagram(bytes);
  bytes.fill(0);
  assert.equal(frames[0]!.bytes.at(-1), 9);
});

Deno.test("the longest frame fits, one byte more does not", () => {
  const longest = new Uint8Array(MAX_AUDIO_DATAGRAM_FRAME);
  assert.equal(encodeAudioDatagram(0, 0, [longest]).length, MAX_AUDIO_DATAGRAM_LENGTH);
  const longer = new Uint8Array(MAX_AUDIO_DATAGRAM_FRAME + 1);
  assert.throws(() => encodeAudioDatagram(0, 0, [longer]), RangeError);
});

Deno.test("hostile audio datagrams are refused as such", () => {
  const good = encodeAudioDatagram(1, 2, [audioFrame(1, new Uint8Array(20))]);
  const damage = fc.array(fc.tuple(fc.nat(good.length - 1), fc.nat(255)), { maxLength: 4 });
  const damaged = fc.tuple(damage, fc.nat(good.length)).map(([changes, length]) => {
    const bytes = good.slice();
    for (const [offset, value] of changes) bytes[offset] = value;
    return bytes.subarray(0, length);
  });
  fc.assert(
    fc.property(fc.oneof(fc.uint8Array({ maxLength: 120 }), damaged), (bytes) => {
      try {
        const { number, sentAtTicks, frames } = readAudioDatagram(bytes);
        const again = encodeAudioDatagram(number, sentAtTicks, frames.map((frame) => frame.bytes));
        assert.equal(toHex(again), toHex(bytes));
      } catch (error) {
        if (!(error instanceof AudioDatagramError)) throw error;
      }
    }),
    propertyRuns(20_000),
  );
});
