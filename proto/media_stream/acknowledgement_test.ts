import assert from "node:assert/strict";
import fc from "fast-check";
import { fromHex, toHex } from "../testing/hex.ts";
import { propertyRuns } from "../testing/property_runs.ts";
import vectors from "../vectors/acknowledgement.json" with { type: "json" };
import {
  AcknowledgementError,
  encodeAcknowledgements,
  MAX_ACKNOWLEDGEMENT_ENTRIES,
  readAcknowledgements,
} from "./acknowledgement.ts";

/** Most bytes of a datagram that pass every path. */
const MAX_DATAGRAM_LENGTH = 1100;

Deno.test("an acknowledgement is two bytes and twelve for each stream", () => {
  const entries = [
    { deliveryNumber: 1, receivedBytes: 4120 },
    { deliveryNumber: 0x01020304, receivedBytes: 2 ** 40 },
  ];
  const bytes = new Uint8Array([
    ...[1], // type
    ...[2], // number of entries
    ...[0, 0, 0, 1], // delivery number
    ...[0, 0, 0, 0, 0, 0, 0x10, 0x18], // bytes received
    ...[1, 2, 3, 4], // delivery number
    ...[0, 0, 1, 0, 0, 0, 0, 0], // bytes received
  ]);
  assert.deepEqual(encodeAcknowledgements(entries), [bytes]);
  assert.deepEqual(readAcknowledgements(bytes), entries);
});

Deno.test("golden acknowledgements read and write as recorded", () => {
  for (const { name, bytes, entries } of vectors.valid) {
    assert.deepEqual(readAcknowledgements(fromHex(bytes)), entries, name);
    assert.deepEqual(encodeAcknowledgements(entries).map(toHex), [bytes], name);
  }
});

Deno.test("malformed acknowledgements are refused", () => {
  for (const { name, bytes } of vectors.invalid) {
    assert.throws(() => readAcknowledgements(fromHex(bytes)), AcknowledgementError, name);
  }
});

Deno.test("any number of streams fits into datagrams, and comes back in order", () => {
  const anyEntry = fc.record({
    deliveryNumber: fc.nat(0xffff_ffff),
    receivedBytes: fc.maxSafeNat(),
  }, { noNullPrototype: true });
  fc.assert(
    fc.property(
      fc.array(anyEntry, { maxLength: 3 * MAX_ACKNOWLEDGEMENT_ENTRIES }),
      (entries) => {
        const datagrams = encodeAcknowledgements(entries);
        assert.deepEqual(datagrams.flatMap((bytes) => readAcknowledgements(bytes)), entries);
        assert.ok(datagrams.every(({ length }) => length <= MAX_DATAGRAM_LENGTH));
        assert.equal(datagrams.length, Math.ceil(entries.length / MAX_ACKNOWLEDGEMENT_ENTRIES));
      },
    ),
    propertyRuns(300),
  );
});

Deno.test("a number that does not fit is never written", () => {
  for (const deliveryNumber of [-1, 2 ** 32, 0.5]) {
    assert.throws(() => encodeAcknowledgements([{ deliveryNumber, receivedBytes: 0 }]), RangeError);
  }
  for (const receivedBytes of [-1, 2 ** 53, NaN]) {
    assert.throws(() => encodeAcknowledgements([{ deliveryNumber: 0, receivedBytes }]), RangeError);
  }
});

Deno.test("hostile datagrams are refused as such or say exactly what their bytes say", () => {
  const plausible = fc.tuple(fc.nat(3), fc.uint8Array({ minLength: 36, maxLength: 36 })).map(
    ([count, rest]) => new Uint8Array([1, count, ...rest.subarray(0, count * 12)]),
  );
  fc.assert(
    fc.property(fc.oneof(fc.uint8Array({ maxLength: 40 }), plausible), (bytes) => {
      let entries;
      try {
        entries = readAcknowledgements(bytes);
      } catch (error) {
        if (error instanceof AcknowledgementError) return;
        throw error;
      }
      assert.deepEqual(encodeAcknowledgements(entries).map(toHex), [toHex(bytes)]);
    }),
    propertyRuns(10_000),
  );
});
