import assert from "node:assert/strict";
import fc from "fast-check";
import { toHex } from "../../../proto/testing/hex.ts";
import { propertyRuns } from "../../../proto/testing/property_runs.ts";
import {
  encodeAcknowledgement,
  encodeRequest,
  encodeWrapPrefix,
  KeyMessageError,
  readKeyMessage,
  WRAP_LENGTH,
  WRAP_PREFIX_LENGTH,
} from "./key_message.ts";

Deno.test("acknowledgements and requests are seven and two bytes", () => {
  const acknowledgement = encodeAcknowledgement(0x01020304, 5);
  assert.equal(toHex(acknowledgement), "01" + "02" + "01020304" + "05");
  assert.deepEqual(readKeyMessage(acknowledgement), {
    type: "acknowledgement",
    generation: 0x01020304,
    step: 5,
  });
  assert.equal(toHex(encodeRequest()), "01" + "03");
  assert.deepEqual(readKeyMessage(encodeRequest()), { type: "request" });
});

Deno.test("a wrap is 140 bytes, of which the first 22 are in the clear", () => {
  const keyId = new Uint8Array(12).fill(0xab);
  const prefix = encodeWrapPrefix(2 ** 40, keyId);
  assert.equal(toHex(prefix), "01" + "01" + "0000010000000000" + "ab".repeat(12));
  assert.equal(WRAP_LENGTH, 140);
  const bytes = new Uint8Array(WRAP_LENGTH);
  bytes.set(prefix);
  bytes[WRAP_PREFIX_LENGTH] = 4;
  const message = readKeyMessage(bytes);
  assert.ok(message.type === "wrap");
  assert.equal(message.sequence, 2 ** 40);
  assert.deepEqual(message.recipientKeyId, keyId);
  assert.equal(message.encapsulatedKey.length, 65);
  assert.equal(message.encapsulatedKey[0], 4);
  assert.equal(message.ciphertext.length, 53);
  assert.deepEqual(message.prefix, prefix);
});

Deno.test("a message keeps its bytes when the buffer it came in is used again", () => {
  const bytes = new Uint8Array(WRAP_LENGTH).fill(1);
  bytes.set(encodeWrapPrefix(1, new Uint8Array(12)));
  const message = readKeyMessage(bytes);
  bytes.fill(0);
  assert.ok(message.type === "wrap");
  assert.equal(message.ciphertext[0], 1);
});

Deno.test("other versions, types and lengths are refused", () => {
  const wrap = new Uint8Array(WRAP_LENGTH);
  wrap.set(encodeWrapPrefix(1, new Uint8Array(12)));
  const hugeSequence = wrap.slice();
  hugeSequence[2] = 0xff;
  const malformed = [
    new Uint8Array(0),
    new Uint8Array([1]),
    new Uint8Array([1, 0]),
    new Uint8Array([1, 4]),
    new Uint8Array([1, 3, 0]),
    encodeAcknowledgement(1, 1).subarray(0, 6),
    encodeAcknowledgement(1, 16),
    wrap.subarray(0, WRAP_LENGTH - 1),
    new Uint8Array([...wrap, 0]),
    hugeSequence,
  ];
  for (const bytes of malformed) {
    assert.throws(
      () => readKeyMessage(bytes),
      (error) => error instanceof KeyMessageError && error.reason === "malformed",
      toHex(bytes),
    );
  }
  for (const version of [0, 2, 255]) {
    assert.throws(
      () => readKeyMessage(new Uint8Array([version, 3])),
      (error) => error instanceof KeyMessageError && error.reason === "unsupported-version",
    );
  }
});

Deno.test("hostile bytes are refused as such or are a message", () => {
  const plausible = fc.tuple(fc.constantFrom(1, 2, 3), fc.uint8Array({ maxLength: 150 })).map(
    ([type, rest]) => new Uint8Array([1, type, ...rest]),
  );
  fc.assert(
    fc.property(fc.oneof(fc.uint8Array({ maxLength: 150 }), plausible), (bytes) => {
      try {
        readKeyMessage(bytes);
      } catch (error) {
        if (!(error instanceof KeyMessageError)) throw error;
      }
    }),
    propertyRuns(10_000),
  );
});
