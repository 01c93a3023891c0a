import assert from "node:assert/strict";
import fc from "fast-check";
import {
  CapsuleDecoder,
  type CloseSession,
  encodeCloseSession,
  MAX_CLOSE_REASON_LENGTH,
  truncateReason,
} from "./capsules.ts";
import { Http3Error } from "./error_codes.ts";
import { encodeFrame, FrameType } from "./frames.ts";

const parameters = { seed: Number(Deno.env.get("DT_SEED")) || undefined, numRuns: 20_000 };

function decode(parts: readonly Uint8Array[]): CloseSession[] {
  const closes: CloseSession[] = [];
  const decoder = new CapsuleDecoder((close) => closes.push(close));
  for (const part of parts) decoder.push(part);
  return closes;
}

/** Without the header of the DATA frame around it. */
function capsuleOf(frame: Uint8Array): Uint8Array {
  return frame.subarray(frame[1]! < 0x40 ? 2 : 3);
}

Deno.test("a close capsule is these bytes", () => {
  assert.deepEqual(
    [...encodeCloseSession({ closeCode: 0x01020304, reason: "hi" })],
    [
      ...[0x00, 0x09], // DATA, 9 bytes
      ...[0x68, 0x43, 0x06], // CLOSE_WEBTRANSPORT_SESSION, 6 bytes
      ...[0x01, 0x02, 0x03, 0x04, 0x68, 0x69],
    ],
  );
});

Deno.test("code and reason survive, cut anywhere, among other capsules", () => {
  const closes = fc.record({
    closeCode: fc.nat(0xffff_ffff),
    reason: fc.string({ unit: "binary", maxLength: 40 }),
  });
  const unknown = encodeFrame(0x78ae, Uint8Array.of(1, 2, 3));
  fc.assert(
    fc.property(closes, fc.nat(60), (close, cut) => {
      const bytes = Uint8Array.from([...unknown, ...capsuleOf(encodeCloseSession(close))]);
      const reason = new TextDecoder("utf-8", { ignoreBOM: false })
        .decode(new TextEncoder().encode(close.reason));
      const expected = [{ closeCode: close.closeCode, reason }];
      assert.deepEqual(decode([bytes.subarray(0, cut), bytes.subarray(cut)]), expected);
    }),
    parameters,
  );
});

Deno.test("a reason is cut at 1,024 bytes, never inside a character", () => {
  assert.equal(truncateReason("short"), "short");
  const text = truncateReason("😀".repeat(300));
  assert.equal(text, "😀".repeat(256));
  assert(new TextEncoder().encode(text).length <= MAX_CLOSE_REASON_LENGTH);
});

Deno.test("a close capsule that is too short or too long is refused", () => {
  for (const length of [0, 3, 4 + MAX_CLOSE_REASON_LENGTH + 1, 60_000]) {
    assert.throws(() => decode([encodeFrame(0x2843, new Uint8Array(length))]), Http3Error);
  }
});

Deno.test("arbitrary bytes are capsules or a typed error", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => {
      try {
        decode([bytes, Uint8Array.of(FrameType.data), bytes]);
      } catch (error) {
        assert(error instanceof Http3Error);
      }
    }),
    parameters,
  );
});
