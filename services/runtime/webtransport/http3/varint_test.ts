import assert from "node:assert/strict";
import fc from "fast-check";
import { encodeVarint, MAX_VARINT, readVarint, varintLength, writeVarint } from "./varint.ts";

const parameters = { seed: Number(Deno.env.get("DT_SEED")) || undefined, numRuns: 20_000 };

Deno.test("the examples of RFC 9000 appendix A.1 decode to their values", () => {
  const examples: [number[], number][] = [
    [[0x9d, 0x7f, 0x3e, 0x7d], 494_878_333],
    [[0x7b, 0xbd], 15_293],
    [[0x25], 37],
    [[0x40, 0x25], 37],
  ];
  for (const [bytes, value] of examples) {
    assert.deepEqual(readVarint(Uint8Array.from(bytes), 0), { value, end: bytes.length });
  }
});

Deno.test("every length of an integer is written at its limits", () => {
  const limits: [number, number][] = [
    [0, 1],
    [63, 1],
    [64, 2],
    [16_383, 2],
    [16_384, 4],
    [1_073_741_823, 4],
    [1_073_741_824, 8],
    [MAX_VARINT, 8],
  ];
  for (const [value, length] of limits) {
    const bytes = encodeVarint(value);
    assert.equal(bytes.length, length);
    assert.equal(varintLength(value), length);
    assert.deepEqual(readVarint(bytes, 0), { value, end: length });
  }
});

Deno.test("any integer survives, at any offset", () => {
  fc.assert(
    fc.property(fc.maxSafeNat(), fc.nat(9), (value, offset) => {
      const bytes = new Uint8Array(offset + 8);
      const end = writeVarint(bytes, offset, value);
      assert.deepEqual(readVarint(bytes, offset), { value, end });
    }),
    parameters,
  );
});

Deno.test("a truncated integer is undefined, not a guess", () => {
  for (const value of [64, 20_000, MAX_VARINT]) {
    const bytes = encodeVarint(value);
    for (let length = 0; length < bytes.length; length++) {
      assert.equal(readVarint(bytes.subarray(0, length), 0), undefined);
    }
  }
});

Deno.test("a value above the safe integers stays larger than all of them", () => {
  const { value } = readVarint(new Uint8Array(8).fill(0xff), 0)!;
  assert(value > MAX_VARINT);
});

Deno.test("what is no integer, or does not fit, is refused", () => {
  for (const value of [-1, 0.5, NaN, Infinity, MAX_VARINT + 1]) {
    assert.throws(() => encodeVarint(value), RangeError);
  }
  assert.throws(() => writeVarint(new Uint8Array(1), 0, 64), RangeError);
});
