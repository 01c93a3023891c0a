import assert from "node:assert/strict";
import fc from "fast-check";
import { fromHex, toHex } from "../testing/hex.ts";
import { propertyRuns } from "../testing/property_runs.ts";
import vectors from "../vectors/stream_header.json" with { type: "json" };
import {
  encodeStreamHeader,
  NIL_STREAM_ID,
  readStreamHeader,
  STREAM_HEADER_LENGTH,
  type StreamHeader,
  StreamHeaderError,
  StreamKind,
} from "./stream_header.ts";

const PUBLISH: StreamHeader = {
  kind: StreamKind.publish,
  spatialLayer: 2,
  deliveryNumber: 0x01020304,
  streamId: "00112233-4455-6677-8899-aabbccddeeff",
};

const PUBLISH_BYTES = new Uint8Array([
  ...[1], // version
  ...[1], // kind: publish
  ...[2], // spatial layer
  ...[0], // reserved
  ...[1, 2, 3, 4], // delivery number
  ...fromHex("00112233445566778899aabbccddeeff"), // stream id
]);

Deno.test("a stream header is 24 bytes", () => {
  assert.equal(PUBLISH_BYTES.length, STREAM_HEADER_LENGTH);
  assert.deepEqual(encodeStreamHeader(PUBLISH), PUBLISH_BYTES);
  assert.deepEqual(readStreamHeader(PUBLISH_BYTES), PUBLISH);
});

Deno.test("golden stream headers read and write as recorded", () => {
  for (const { name, bytes, header } of vectors.valid) {
    assert.deepEqual(readStreamHeader(fromHex(bytes)), header, name);
    assert.equal(toHex(encodeStreamHeader(header as StreamHeader)), bytes, name);
  }
});

Deno.test("malformed stream headers are refused", () => {
  for (const { name, bytes } of vectors.invalid) {
    assert.throws(() => readStreamHeader(fromHex(bytes)), StreamHeaderError, name);
  }
});

Deno.test("a header that does not fit its fields is never written", () => {
  for (const spatialLayer of [-1, 16, 0.5]) {
    assert.throws(() => encodeStreamHeader({ ...PUBLISH, spatialLayer }), RangeError);
  }
  for (const deliveryNumber of [-1, 2 ** 32, NaN]) {
    assert.throws(() => encodeStreamHeader({ ...PUBLISH, deliveryNumber }), RangeError);
  }
  assert.throws(() => encodeStreamHeader({ ...PUBLISH, streamId: "x" }), TypeError);
  assert.equal(encodeStreamHeader({ ...PUBLISH, streamId: NIL_STREAM_ID })[8], 0);
});

Deno.test("hostile stream headers are refused as such or say exactly what their bytes say", () => {
  const damaged = fc.array(fc.tuple(fc.nat(STREAM_HEADER_LENGTH - 1), fc.nat(255)), {
    maxLength: 3,
  }).map((changes) => {
    const bytes = PUBLISH_BYTES.slice();
    for (const [offset, value] of changes) bytes[offset] = value;
    return bytes;
  });
  fc.assert(
    fc.property(fc.oneof(fc.uint8Array({ maxLength: 40 }), damaged), (bytes) => {
      let header: StreamHeader;
      try {
        header = readStreamHeader(bytes);
      } catch (error) {
        if (error instanceof StreamHeaderError) return;
        throw error;
      }
      assert.deepEqual(encodeStreamHeader(header), bytes.slice(0, STREAM_HEADER_LENGTH));
    }),
    propertyRuns(10_000),
  );
});
