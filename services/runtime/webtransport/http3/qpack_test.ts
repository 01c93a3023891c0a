import assert from "node:assert/strict";
import fc from "fast-check";
import { Http3Error } from "./error_codes.ts";
import {
  decodeFieldSection,
  encodeFieldSection,
  type Field,
  MAX_FIELD_SECTION_LENGTH,
  MAX_FIELDS,
} from "./qpack.ts";

const parameters = { seed: Number(Deno.env.get("DT_SEED")) || undefined, numRuns: 10_000 };
const PREFIX = [0x00, 0x00];

Deno.test("a section of every representation is read", () => {
  assert.deepEqual(
    decodeFieldSection(Uint8Array.from([
      ...PREFIX,
      0xcf, // static 15: ":method: CONNECT"
      ...[0x51, 0x02, 0x2f, 0x61], // name of static 1, plain "/a"
      ...[0x50, 0x8c, 0xf1, 0xe3, 0xc2, 0xe5, 0xf2, 0x3a, 0x6b, 0xa0, 0xab, 0x90, 0xf4, 0xff],
      ...[0x22, 0x61, 0x62, 0x01, 0x63], // plain name "ab", plain value "c"
      0xc0 | 45, // a static entry that nobody here reads
    ])),
    [[":method", "CONNECT"], [":path", "/a"], [":authority", "www.example.com"], ["ab", "c"]],
  );
});

Deno.test("any headers survive", () => {
  const printable = fc.string({ unit: "grapheme-ascii", maxLength: 300 });
  const name = fc.constantFrom(":path", ":method", ":status", ":protocol", "sec-x", "origin");
  fc.assert(
    fc.property(fc.array(fc.tuple(name, printable), { maxLength: 8 }), (fields) => {
      assert.deepEqual(decodeFieldSection(encodeFieldSection(fields)), fields);
    }),
    parameters,
  );
});

Deno.test("everything of the dynamic table is refused", () => {
  const lines = [[0x80], [0x40, 0x00], [0x10], [0x00, 0x00]];
  for (const line of lines) {
    assert.throws(() => decodeFieldSection(Uint8Array.from([...PREFIX, ...line])), Http3Error);
  }
  assert.throws(() => decodeFieldSection(Uint8Array.of(0x02, 0x00)), Http3Error);
});

Deno.test("truncated, endless and oversize sections are refused", () => {
  const whole = encodeFieldSection([[":path", "/some/where"], ["x", "y".repeat(200)]]);
  const refused = [
    ...[[], [0x00], [...PREFIX, 0xff], [...PREFIX, 0xff, 0x24 + 0x80, 0xff, 0xff]],
    [...PREFIX, 0x27, 0xff, 0xff, 0xff, 0xff, 0x0f],
    [...PREFIX, ...Array<number>(MAX_FIELDS + 1).fill(0xcf)],
    Array<number>(MAX_FIELD_SECTION_LENGTH + 1).fill(0),
  ];
  for (const bytes of refused) {
    assert.throws(() => decodeFieldSection(Uint8Array.from(bytes)), Http3Error);
  }
  assert.throws(() => decodeFieldSection(whole.subarray(0, whole.length - 1)), Http3Error);
});

Deno.test("arbitrary bytes are headers or a typed error", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => {
      try {
        const fields: Field[] = decodeFieldSection(Uint8Array.from([...PREFIX, ...bytes]));
        assert(fields.length <= MAX_FIELDS);
      } catch (error) {
        assert(error instanceof Http3Error);
      }
    }),
    { ...parameters, numRuns: 20_000 },
  );
});
