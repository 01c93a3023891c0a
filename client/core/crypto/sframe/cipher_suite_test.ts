import assert from "node:assert/strict";
import { fromHex, toHex } from "../../../../proto/testing/hex.ts";
import vectors from "../../../../proto/vectors/sframe_rfc9605.json" with { type: "json" };
import {
  AES_128_GCM_SHA256_128,
  deriveSFrameKey,
  openSFrame,
  sealSFrame,
  type SFrameCipherSuite,
  sframeObjectLength,
} from "./cipher_suite.ts";
import { readSFrameHeader, SFrameError } from "./header.ts";

/** Not used by Dark Tower; it shows that nothing is bent to fit suite 4. */
const AES_256_GCM_SHA512_128: SFrameCipherSuite = { id: 5, hash: "SHA-512", keyLength: 32 };
const SUITES = [AES_128_GCM_SHA256_128, AES_256_GCM_SHA512_128];

Deno.test("the vectors of RFC 9605 for suites 4 and 5 encrypt and decrypt", async () => {
  assert.deepEqual(vectors.objects.map(({ suite }) => suite), [4, 5]);
  for (const vector of vectors.objects) {
    const suite = SUITES.find(({ id }) => id === vector.suite)!;
    const key = await deriveSFrameKey(fromHex(vector.baseKey), vector.kid, suite);
    assert.equal(toHex(key.salt), vector.salt);
    const [metadata, plaintext] = [fromHex(vector.metadata), fromHex(vector.plaintext)];
    const length = sframeObjectLength(vector.kid, vector.counter, plaintext.length);
    const object = new Uint8Array(length);
    await sealSFrame(key, vector.counter, metadata, plaintext, object, 0);
    assert.equal(toHex(object), vector.object);
    const header = readSFrameHeader(object);
    assert.equal(toHex(await openSFrame(key, header, metadata, object)), vector.plaintext);
  }
});

Deno.test("a flipped bit anywhere in object or metadata is noticed", async () => {
  const vector = vectors.objects[0]!;
  const key = await deriveSFrameKey(fromHex(vector.baseKey), vector.kid);
  const [metadata, object] = [fromHex(vector.metadata), fromHex(vector.object)];
  const header = readSFrameHeader(object);
  const isNotAuthentic = (error: unknown) =>
    error instanceof SFrameError && error.reason === "not-authentic";
  for (const bytes of [metadata, object]) {
    for (let bit = 0; bit < bytes.length * 8; bit++) {
      bytes[bit >> 3]! ^= 1 << (bit & 7);
      await assert.rejects(openSFrame(key, header, metadata, object), isNotAuthentic);
      bytes[bit >> 3]! ^= 1 << (bit & 7);
    }
  }
  assert.equal(toHex(await openSFrame(key, header, metadata, object)), vector.plaintext);
});

Deno.test("an object is written into the buffer around it without touching the rest", async () => {
  const key = await deriveSFrameKey(new Uint8Array(32), 1);
  const output = new Uint8Array(10 + sframeObjectLength(1, 0, 3) + 10).fill(0xee);
  await sealSFrame(key, 0, new Uint8Array(0), new Uint8Array(3), output, 10);
  assert.equal(toHex(output.subarray(0, 10)), "ee".repeat(10));
  assert.equal(toHex(output.subarray(-10)), "ee".repeat(10));
});
