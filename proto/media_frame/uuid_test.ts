import assert from "node:assert/strict";
import fc from "fast-check";
import { propertyRuns } from "../testing/property_runs.ts";
import { isUuid, readUuid, writeUuid } from "./uuid.ts";

Deno.test("a UUID survives the way to text and back", () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 16, maxLength: 16 }), (bytes) => {
      const text = readUuid(bytes, 0);
      assert.ok(isUuid(text));
      const written = new Uint8Array(16);
      writeUuid(text, written, 0);
      assert.deepEqual(written, bytes);
    }),
    propertyRuns(1000),
  );
});

Deno.test("only the canonical lower-case form is a UUID", () => {
  assert.ok(isUuid("00112233-4455-6677-8899-aabbccddeeff"));
  const others = [
    "00112233-4455-6677-8899-AABBCCDDEEFF",
    "00112233445566778899aabbccddeeff",
    "{00112233-4455-6677-8899-aabbccddeeff}",
    "00112233-4455-6677-8899-aabbccddeeff\n",
    "00112233-4455-6677-8899-aabbccddeeff ",
    "0011223-34455-6677-8899-aabbccddeeff",
    "",
  ];
  for (const text of others) assert.equal(isUuid(text), false, text);
});

Deno.test("bytes that are too few hold no UUID and take none", () => {
  assert.throws(() => readUuid(new Uint8Array(15), 0), RangeError);
  assert.throws(() => readUuid(new Uint8Array(16), 1), RangeError);
  const text = "00112233-4455-6677-8899-aabbccddeeff";
  assert.throws(() => writeUuid(text, new Uint8Array(16), 1), RangeError);
  assert.throws(() => writeUuid("nonsense", new Uint8Array(16), 0), TypeError);
});
