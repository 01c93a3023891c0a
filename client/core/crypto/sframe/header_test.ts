import assert from "node:assert/strict";
import fc from "fast-check";
import { fromHex, toHex } from "../../../../proto/testing/hex.ts";
import { propertyRuns } from "../../../../proto/testing/property_runs.ts";
import vectors from "../../../../proto/vectors/sframe_rfc9605.json" with { type: "json" };
import {
  MAX_SFRAME_HEADER_LENGTH,
  readSFrameHeader,
  SFrameError,
  sframeHeaderLength,
  writeSFrameHeader,
} from "./header.ts";

function write(kid: number, counter: number): string {
  const bytes = new Uint8Array(MAX_SFRAME_HEADER_LENGTH);
  return toHex(bytes.subarray(0, writeSFrameHeader(kid, counter, bytes)));
}

function isMalformed(error: unknown): boolean {
  return error instanceof SFrameError && error.reason === "malformed";
}

Deno.test("all 289 headers of RFC 9605 read and write, up to the integers we use", () => {
  assert.equal(vectors.headers.length, 289);
  let within = 0;
  for (const { kid, counter, bytes } of vectors.headers) {
    if (typeof kid === "number" && typeof counter === "number") {
      within++;
      assert.equal(write(kid, counter), bytes);
      const read = readSFrameHeader(fromHex(bytes));
      assert.deepEqual(read, { kid, counter, length: bytes.length / 2 });
      assert.equal(sframeHeaderLength(kid, counter), read.length);
    } else {
      assert.throws(() => readSFrameHeader(fromHex(bytes)), isMalformed);
    }
  }
  assert.ok(within > 150);
});

Deno.test("a value has one spelling: longer ones are refused", () => {
  const longer = [
    "80" + "05", // KID 5 in a byte of its own
    "08" + "07", // counter 7 likewise
    "90" + "0012", // KID 0x12 in two bytes
    "0f" + "00000000000001ff",
  ];
  for (const bytes of longer) assert.throws(() => readSFrameHeader(fromHex(bytes)), isMalformed);
});

Deno.test("a header that is cut off is refused", () => {
  const whole = fromHex("9901234567");
  for (let length = 0; length < whole.length; length++) {
    assert.throws(() => readSFrameHeader(whole.subarray(0, length)), isMalformed);
  }
});

Deno.test("values that are no unsigned integers are never written", () => {
  for (const value of [-1, 0.5, NaN, 2 ** 53]) {
    assert.throws(() => write(value, 0), RangeError);
    assert.throws(() => write(0, value), RangeError);
  }
  assert.throws(() => writeSFrameHeader(0x123, 0x4567, new Uint8Array(4)), RangeError);
});

Deno.test("hostile bytes are refused as such or say exactly what they say", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 20 }), (bytes) => {
      let header;
      try {
        header = readSFrameHeader(bytes);
      } catch (error) {
        if (error instanceof SFrameError) return;
        throw error;
      }
      assert.equal(write(header.kid, header.counter), toHex(bytes.subarray(0, header.length)));
    }),
    propertyRuns(20_000),
  );
});
