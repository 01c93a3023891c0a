import assert from "node:assert/strict";
import fc from "fast-check";
import { Http3Error } from "./error_codes.ts";
import { encodeFrame, FrameDecoder, frameTooLong, FrameType } from "./frames.ts";

const parameters = { seed: Number(Deno.env.get("DT_SEED")) || undefined, numRuns: 10_000 };
const MAX_LENGTH = 100;

/** Collects HEADERS, takes DATA in parts, skips the rest. */
function collect(bytes: Uint8Array, cuts: readonly number[]) {
  const frames: number[][] = [];
  const data: number[] = [];
  const decoder = new FrameDecoder({
    onHeader(type, length) {
      if (type === FrameType.data) return "parts";
      if (type !== FrameType.headers) return "skip";
      if (length > MAX_LENGTH) throw frameTooLong(type);
      return "whole";
    },
    onFrame: (type, payload) => frames.push([type, ...payload]),
    onPart: (_type, part) => data.push(...part),
  });
  let offset = 0;
  for (const cut of [...cuts].sort((a, b) => a - b)) {
    decoder.push(bytes.subarray(offset, cut));
    offset = Math.max(offset, Math.min(cut, bytes.length));
  }
  decoder.push(bytes.subarray(offset));
  return { frames, data, atBoundary: decoder.atBoundary };
}

Deno.test("frames come out the same however their bytes are cut", () => {
  const payload = fc.uint8Array({ maxLength: 80 });
  const frame = fc.tuple(fc.constantFrom(0, 1, 0x21, 0x4d2f), payload);
  fc.assert(
    fc.property(fc.array(frame, { maxLength: 5 }), fc.array(fc.nat(400)), (sent, cuts) => {
      const bytes = Uint8Array.from(sent.flatMap(([type, body]) => [...encodeFrame(type, body)]));
      assert.deepEqual(collect(bytes, cuts), {
        frames: sent.filter(([type]) => type === 1).map(([type, body]) => [type, ...body]),
        data: sent.filter(([type]) => type === 0).flatMap(([, body]) => [...body]),
        atBoundary: true,
      });
    }),
    parameters,
  );
});

Deno.test("a frame too long to collect is refused before its payload comes", () => {
  const bytes = encodeFrame(FrameType.headers, new Uint8Array(MAX_LENGTH + 1)).subarray(0, 3);
  assert.throws(() => collect(bytes, []), Http3Error);
});

Deno.test("a skipped frame of 2^62-1 bytes takes no memory", () => {
  const bytes = new Uint8Array(1_000).fill(0xff, 0, 9);
  bytes[0] = 0x21;
  assert.equal(collect(bytes, []).atBoundary, false);
});

Deno.test("arbitrary bytes are frames or a typed error", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), fc.array(fc.nat(200)), (bytes, cuts) => {
      try {
        collect(bytes, cuts);
      } catch (error) {
        assert(error instanceof Http3Error);
      }
    }),
    parameters,
  );
});
