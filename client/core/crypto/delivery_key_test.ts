import assert from "node:assert/strict";
import { fromHex } from "../../../proto/testing/hex.ts";
import { DeliveryKey, isPublicKey } from "./delivery_key.ts";

/** The generator of P-256 (SP 800-186, section 3.2.1.3). */
const GENERATOR = "04" +
  "6b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296" +
  "4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5";
const FIELD = "ffffffff00000001000000000000000000000000ffffffffffffffffffffffff";

Deno.test("a point on the curve is a public key", async () => {
  assert.ok(isPublicKey(fromHex(GENERATOR)));
  for (let i = 0; i < 5; i++) assert.ok(isPublicKey((await DeliveryKey.generate()).publicKey));
});

Deno.test("what is no point in uncompressed form is refused", () => {
  const good = fromHex(GENERATOR);
  const x = GENERATOR.slice(2, 66);
  const y = GENERATOR.slice(66);
  const wrong = [
    "",
    "00", // the point at infinity
    "03" + x, // compressed
    "06" + x + y, // hybrid
    GENERATOR.slice(0, -2),
    GENERATOR + "00",
    "04" + "00".repeat(64),
    "04" + y + x,
    "04" + FIELD + y, // a coordinate as large as the field
    "04" + x + "ff".repeat(32),
  ];
  for (const hex of wrong) assert.equal(isPublicKey(fromHex(hex)), false, hex);
  for (let bit = 0; bit < good.length * 8; bit++) {
    good[bit >> 3]! ^= 1 << (bit & 7);
    assert.equal(isPublicKey(good), false, `bit ${bit}`);
    good[bit >> 3]! ^= 1 << (bit & 7);
  }
});

Deno.test("the private half cannot be taken out", async () => {
  const { pair } = await DeliveryKey.generate();
  assert.equal(pair.privateKey.extractable, false);
  await assert.rejects(crypto.subtle.exportKey("jwk", pair.privateKey));
});

Deno.test("a key is named by the first twelve bytes of its hash", async () => {
  const key = await DeliveryKey.generate();
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", key.publicKey));
  assert.deepEqual(key.id, digest.subarray(0, 12));
  assert.equal(key.keyId, digest.toBase64({ alphabet: "base64url" }).slice(0, 16));
});
