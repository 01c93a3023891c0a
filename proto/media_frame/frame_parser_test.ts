import assert from "node:assert/strict";
import fc from "fast-check";
import { propertyRuns } from "../testing/property_runs.ts";
import { encodeFrame, FRAME_HEADER_LENGTH, FrameError, FrameOffset } from "./frame_header.ts";
import { type Frame, FrameParser, framePayload } from "./frame_parser.ts";

const HEADER = {
  frameType: 0 as const,
  streamId: "00112233-4455-6677-8899-aabbccddeeff",
  timestampUs: 20_000,
  sequence: 1,
  endOfFrame: true,
  discardable: false,
  referenceDistance: 0,
  spatialLayer: 0,
  temporalLayer: 0,
  audioLevel: 40,
  groupNumber: 0,
};

/** Feeds `bytes` cut after each of `cuts`. */
function parse(bytes: Uint8Array, cuts: readonly number[]): Frame[] {
  const parser = new FrameParser();
  const frames: Frame[] = [];
  let start = 0;
  for (const end of [...cuts, bytes.length].sort((a, b) => a - b)) {
    parser.push(bytes.subarray(start, end), (frame) => frames.push(frame));
    start = end;
  }
  assert.ok(parser.atFrameBoundary);
  return frames;
}

function join(parts: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    bytes.set(part, offset);
    offset += part.length;
  }
  return bytes;
}

Deno.test("frames come out whole however the stream is cut", () => {
  const stream = fc.array(fc.uint8Array({ maxLength: 200 }), { minLength: 1, maxLength: 8 });
  fc.assert(
    fc.property(stream, fc.array(fc.nat(1000)), (payloads, cuts) => {
      const encoded = payloads.map((payload, sequence) =>
        encodeFrame({ ...HEADER, sequence }, payload)
      );
      const bytes = join(encoded);
      const frames = parse(bytes, cuts.map((cut) => Math.min(cut, bytes.length)));
      assert.deepEqual(frames.map((frame) => frame.bytes), encoded);
      assert.deepEqual(frames.map((frame) => frame.header.sequence), payloads.map((_, i) => i));
      assert.deepEqual(frames.map((frame) => new Uint8Array(framePayload(frame))), payloads);
    }),
    propertyRuns(1000),
  );
});

Deno.test("a frame without payload is complete with its header", () => {
  const frames = parse(encodeFrame(HEADER, new Uint8Array(0)), []);
  assert.equal(frames.length, 1);
  assert.equal(frames[0]!.header.payloadLength, 0);
});

Deno.test("a frame keeps its bytes when the read buffer is used again", () => {
  const buffer = encodeFrame(HEADER, new Uint8Array([1, 2, 3]));
  const [frame] = parse(buffer, []);
  buffer.fill(0);
  assert.deepEqual(new Uint8Array(framePayload(frame!)), new Uint8Array([1, 2, 3]));
});

Deno.test("a stream that ends inside a frame shows it", () => {
  const bytes = encodeFrame(HEADER, new Uint8Array(10));
  for (const length of [1, FRAME_HEADER_LENGTH - 1, FRAME_HEADER_LENGTH, bytes.length - 1]) {
    const parser = new FrameParser();
    parser.push(bytes.subarray(0, length), () => assert.fail("no frame is complete"));
    assert.equal(parser.atFrameBoundary, false);
  }
});

Deno.test("an oversize frame is refused by its header alone, and the stream stays refused", () => {
  const bytes = encodeFrame(HEADER, new Uint8Array(1));
  new DataView(bytes.buffer).setUint32(FrameOffset.payloadLength, 0xffff_ffff);
  const parser = new FrameParser();
  const isOversize = (error: unknown) => error instanceof FrameError && error.reason === "oversize";
  assert.throws(() => parser.push(bytes.subarray(0, FRAME_HEADER_LENGTH), () => {}), isOversize);
  assert.throws(() => parser.push(new Uint8Array(100), () => {}), isOversize);
});

Deno.test("hostile streams end in a frame error or in complete frames", () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 120 }), { maxLength: 4 }), (chunks) => {
      const parser = new FrameParser();
      try {
        for (const chunk of chunks) {
          parser.push(chunk, ({ header, bytes }) => {
            assert.equal(bytes.length, FRAME_HEADER_LENGTH + header.payloadLength);
          });
        }
      } catch (error) {
        if (!(error instanceof FrameError)) throw error;
      }
    }),
    propertyRuns(20_000),
  );
});
