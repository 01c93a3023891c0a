import assert from "node:assert/strict";
import fc from "fast-check";
import { fromHex, toHex } from "../testing/hex.ts";
import { propertyRuns } from "../testing/property_runs.ts";
import vectors from "../vectors/frame_header.json" with { type: "json" };
import {
  AUDIO_LEVEL_SILENCE,
  encodeFrame,
  FRAME_HEADER_LENGTH,
  FrameError,
  type FrameHeader,
  FrameType,
  MAX_FRAME_PAYLOAD_LENGTH,
  MAX_LAYER,
  readFrameHeader,
  writeFrameHeader,
} from "./frame_header.ts";
import { anyFrameHeader } from "../testing/any_frame_header.ts";

const KEY_FRAME: FrameHeader = {
  frameType: FrameType.videoKey,
  streamId: "00112233-4455-6677-8899-aabbccddeeff",
  timestampUs: 1_234_567_890_123,
  sequence: 258,
  payloadLength: 4096,
  endOfFrame: true,
  discardable: false,
  referenceDistance: 0,
  spatialLayer: 2,
  temporalLayer: 1,
  audioLevel: AUDIO_LEVEL_SILENCE,
  groupNumber: 7,
};

const KEY_FRAME_BYTES = fromHex([
  "01", // version
  "01", // frame type: video key frame
  "00112233445566778899aabbccddeeff", // stream id
  "0000011f71fb04cb", // timestamp, microseconds
  "0000000000000102", // sequence
  "00001000", // payload length
  "0001", // flags: end of frame
  "21", // spatial layer 2, temporal layer 1
  "7f", // audio level: none
  "00000007", // group number
].join(""));

function encode(header: FrameHeader): Uint8Array {
  const bytes = new Uint8Array(FRAME_HEADER_LENGTH);
  writeFrameHeader(header, bytes);
  return bytes;
}

Deno.test("a frame header is the specification's 46 bytes", () => {
  assert.equal(KEY_FRAME_BYTES.length, 46);
  assert.deepEqual(encode(KEY_FRAME), KEY_FRAME_BYTES);
  assert.deepEqual(readFrameHeader(KEY_FRAME_BYTES), KEY_FRAME);
});

Deno.test("golden frame headers read and write as recorded", () => {
  for (const { name, bytes, header } of vectors.valid) {
    assert.deepEqual(readFrameHeader(fromHex(bytes)), header, name);
    assert.equal(toHex(encode(header as FrameHeader)), bytes, name);
  }
});

Deno.test("malformed frame headers are refused with their reason", () => {
  for (const { name, bytes, reason } of vectors.invalid) {
    assert.throws(
      () => readFrameHeader(fromHex(bytes)),
      (error) => error instanceof FrameError && error.reason === reason,
      name,
    );
  }
});

Deno.test("a header is read and written at any offset of a larger buffer", () => {
  const bytes = new Uint8Array(100).fill(0xee);
  writeFrameHeader(KEY_FRAME, bytes.subarray(10), 3);
  assert.deepEqual(bytes.subarray(13, 13 + FRAME_HEADER_LENGTH), KEY_FRAME_BYTES);
  assert.deepEqual(readFrameHeader(bytes.subarray(10), 3), KEY_FRAME);
  assert.equal(bytes[12], 0xee);
  assert.equal(bytes[13 + FRAME_HEADER_LENGTH], 0xee);
});

Deno.test("a header that does not fit its fields is never written", () => {
  const wrong: Partial<FrameHeader>[] = [
    { payloadLength: MAX_FRAME_PAYLOAD_LENGTH + 1 },
    { payloadLength: -1 },
    { referenceDistance: 256 },
    { spatialLayer: MAX_LAYER + 1 },
    { temporalLayer: 1.5 },
    { audioLevel: 128 },
    { groupNumber: 2 ** 32 },
    { timestampUs: 2 ** 53 },
    { sequence: -1 },
    { timestampUs: NaN },
  ];
  for (const fields of wrong) {
    assert.throws(() => encode({ ...KEY_FRAME, ...fields }), RangeError, JSON.stringify(fields));
  }
  for (const streamId of ["", "00112233-4455-6677-8899-AABBCCDDEEFF", "not a uuid"]) {
    assert.throws(() => encode({ ...KEY_FRAME, streamId }), TypeError);
  }
  assert.throws(() => writeFrameHeader(KEY_FRAME, new Uint8Array(45)), RangeError);
});

Deno.test("a whole frame states the length of its payload", () => {
  const frame = encodeFrame(KEY_FRAME, new Uint8Array([1, 2, 3]));
  assert.equal(frame.length, FRAME_HEADER_LENGTH + 3);
  assert.equal(readFrameHeader(frame).payloadLength, 3);
});

Deno.test("every header survives the way to bytes and back", () => {
  fc.assert(
    fc.property(anyFrameHeader, (header) => {
      assert.deepEqual(readFrameHeader(encode(header)), header);
    }),
    propertyRuns(2000),
  );
});

Deno.test("100,000 hostile headers are either refused as such or say exactly what their bytes say", () => {
  // Half are noise, half a good header with a few bytes changed, which reaches deeper.
  const noise = fc.uint8Array({ maxLength: 64 });
  const damage = fc.array(fc.tuple(fc.nat(FRAME_HEADER_LENGTH - 1), fc.nat(255)), {
    maxLength: 3,
  });
  const damaged = damage.map((changes) => {
    const bytes = KEY_FRAME_BYTES.slice();
    for (const [offset, value] of changes) bytes[offset] = value;
    return bytes;
  });
  fc.assert(
    fc.property(fc.oneof(noise, damaged), (bytes) => {
      let header: FrameHeader;
      try {
        header = readFrameHeader(bytes);
      } catch (error) {
        if (error instanceof FrameError) return;
        throw error;
      }
      if (toHex(encode(header)) !== toHex(bytes.subarray(0, FRAME_HEADER_LENGTH))) {
        throw new Error("a header reads as something that writes otherwise");
      }
    }),
    propertyRuns(100_000),
  );
});
