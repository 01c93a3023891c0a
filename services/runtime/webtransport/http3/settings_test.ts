import assert from "node:assert/strict";
import fc from "fast-check";
import { Http3Error } from "./error_codes.ts";
import {
  announcesWebTransport,
  decodeSettings,
  encodeSettings,
  MAX_SETTINGS,
  OUR_SETTINGS,
  SettingId,
} from "./settings.ts";
import { encodeVarint } from "./varint.ts";

const parameters = { seed: Number(Deno.env.get("DT_SEED")) || undefined, numRuns: 20_000 };

// deno-fmt-ignore
const OUR_FRAME = Uint8Array.from([
  0x04, 0x1c,                                           // SETTINGS, 28 bytes
  0x08, 0x01,                                           // extended CONNECT
  0x33, 0x01,                                           // HTTP datagrams
  0x80, 0xff, 0xd2, 0x77, 0x01,                         // HTTP datagrams, draft 04
  0xab, 0x60, 0x37, 0x42, 0x01,                         // WebTransport, drafts 02 to 06
  0xc0, 0x00, 0x00, 0x00, 0xc6, 0x71, 0x70, 0x6a, 0x10, // sessions, drafts 07 to 12
  0x94, 0xe9, 0xcd, 0x29, 0x01,                         // sessions, drafts 13 and 14
]);

Deno.test("our SETTINGS are these bytes", () => {
  assert.deepEqual(encodeSettings(OUR_SETTINGS), OUR_FRAME);
  assert.deepEqual(decodeSettings(OUR_FRAME.subarray(2)), OUR_SETTINGS);
});

Deno.test("what Chromium 156 sends is read, with its greased setting", () => {
  const settings = decodeSettings(
    Uint8Array.from([
      ...[0x01, 0x80, 0x01, 0x00, 0x00, 0x06, 0x80, 0x00, 0x40, 0x00, 0x07, 0x40, 0x64],
      ...[0x33, 0x01, 0x80, 0xff, 0xd2, 0x77, 0x01, 0xab, 0x60, 0x37, 0x42, 0x01],
      ...[0xc0, 0x00, 0x00, 0x09, 0x77, 0x57, 0xb2, 0x99],
      ...[0xc0, 0x00, 0x00, 0x00, 0x80, 0x81, 0x82, 0x83],
    ]),
  );
  assert.equal(settings.get(SettingId.qpackMaxTableCapacity), 65_536);
  assert.equal(settings.get(0x97757b299), 0x80818283);
  assert(announcesWebTransport(settings));
});

Deno.test("each draft's own setting announces WebTransport, and 0 does not", () => {
  for (const id of [0x2b603742, 0xc671706a, 0x14e9cd29]) {
    assert(announcesWebTransport(new Map([[id, 1]])));
    assert(!announcesWebTransport(new Map([[id, 0]])));
  }
  assert(!announcesWebTransport(new Map()));
});

Deno.test("duplicate, forbidden, truncated and countless settings are refused", () => {
  const countless = Array.from(
    { length: MAX_SETTINGS + 1 },
    (_, id) => [...encodeVarint(id + 100), 0],
  );
  for (const payload of [[8, 1, 8, 1], [2, 0], [8], [0x40], countless.flat()]) {
    assert.throws(() => decodeSettings(Uint8Array.from(payload)), Http3Error);
  }
});

Deno.test("arbitrary bytes are settings or a typed error", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 64 }), (payload) => {
      try {
        assert(decodeSettings(payload).size <= MAX_SETTINGS);
      } catch (error) {
        assert(error instanceof Http3Error);
      }
    }),
    parameters,
  );
});
