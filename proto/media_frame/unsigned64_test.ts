import assert from "node:assert/strict";
import fc from "fast-check";
import { propertyRuns } from "../testing/property_runs.ts";
import { readUnsigned64, writeUnsigned64 } from "./unsigned64.ts";

Deno.test("every safe integer is written as DataView writes it, and read back", () => {
  fc.assert(
    fc.property(fc.maxSafeNat(), (value) => {
      const view = new DataView(new ArrayBuffer(8));
      writeUnsigned64(value, view, 0);
      assert.equal(view.getBigUint64(0), BigInt(value));
      assert.equal(readUnsigned64(view, 0), value);
    }),
    propertyRuns(2000),
  );
});

Deno.test("integers beyond 2^53 - 1, fractions and negative numbers are refused", () => {
  const view = new DataView(new ArrayBuffer(8));
  view.setBigUint64(0, 2n ** 53n);
  assert.throws(() => readUnsigned64(view, 0), RangeError);
  for (const value of [2 ** 53, -1, 0.5, NaN, Infinity]) {
    assert.throws(() => writeUnsigned64(value, view, 0), RangeError);
  }
});
