import assert from "node:assert/strict";
import { fromHex, toHex } from "../../../proto/testing/hex.ts";
import vectors from "../../../proto/vectors/frame_encryption.json" with { type: "json" };
import { DeliveryKey, P256 } from "./delivery_key.ts";
import { SFrameEncryptor } from "./frame_encryptor.ts";
import { FrameMetadata } from "./frame_metadata.ts";
import { encodeAcknowledgement, encodeRequest, readKeyMessage } from "./key_message.ts";
import { unwrapSenderKey } from "./key_wrap.ts";
import { kidOf, MAX_GENERATION, MAX_RATCHET_STEP, readKid, SenderKey } from "./sender_key.ts";
import { readFrameHeader } from "../../../proto/media_frame/frame_header.ts";

const { meetingId, senderId, recipientId, streamId, spatialLayer, generation, step } = vectors;

async function vectorKey(): Promise<SenderKey> {
  let key = new SenderKey(senderId, generation, 0, fromHex(vectors.baseKeys[0]!));
  while (key.step < step) key = await key.ratchet();
  return key;
}

Deno.test("ratchet steps come out as recorded", async () => {
  let key = new SenderKey(senderId, generation, 0, fromHex(vectors.baseKeys[0]!));
  for (const baseKey of vectors.baseKeys) {
    assert.equal(toHex(key.exportBaseKey()), baseKey);
    key = await key.ratchet();
  }
});

Deno.test("a frame comes out byte for byte as recorded", async () => {
  const key = await vectorKey();
  assert.equal(key.kid, vectors.kid);
  const frameKey = key.deriveFrameKey(streamId, spatialLayer);
  assert.equal(toHex((await frameKey).salt), vectors.salt);
  const frame = fromHex(vectors.frame);
  const metadata = new FrameMetadata(meetingId, senderId);
  assert.equal(toHex(metadata.of(frame)), vectors.metadata);
  const encryptor = new SFrameEncryptor({
    streamId,
    spatialLayer,
    metadata,
    lease: () => ({ kid: key.kid, counter: vectors.counter, frameKey }),
  });
  const encrypted = await encryptor.encrypt(readFrameHeader(frame), fromHex(vectors.plaintext));
  assert.equal(toHex(encrypted), vectors.frame);
});

Deno.test("key messages read and write as recorded", async () => {
  const { keyMessages } = vectors;
  const publicKey = fromHex(keyMessages.recipientPublicKey);
  const pair = {
    privateKey: await crypto.subtle.importKey("jwk", keyMessages.recipientPrivateKey, P256, false, [
      "deriveBits",
    ]),
    publicKey: await crypto.subtle.importKey("raw", publicKey, P256, true, []),
  };
  const message = readKeyMessage(fromHex(keyMessages.wrap));
  assert.ok(message.type === "wrap");
  assert.equal(message.sequence, keyMessages.sequence);
  const context = { meetingId, senderId, recipientId };
  const own = await DeliveryKey.of(pair);
  const unwrapped = await unwrapSenderKey(message, [own], context);
  assert.ok(unwrapped.equals(await vectorKey()));
  assert.equal(toHex(encodeAcknowledgement(generation, step)), keyMessages.acknowledgement);
  assert.equal(toHex(encodeRequest()), keyMessages.request);
});

Deno.test("each stream, layer, sender, generation and step has its own frame key", async () => {
  const secret = () => new Uint8Array(32).fill(5);
  const salts = new Set<string>();
  const add = async (key: SenderKey, stream: string, layer: number) =>
    salts.add(toHex((await key.deriveFrameKey(stream, layer)).salt));
  const key = new SenderKey(senderId, 1, 0, secret());
  await add(key, streamId, 0);
  await add(key, streamId, 1);
  await add(key, recipientId, 0);
  await add(new SenderKey(recipientId, 1, 0, secret()), streamId, 0);
  await add(new SenderKey(senderId, 2, 0, secret()), streamId, 0);
  await add(await key.ratchet(), streamId, 0);
  assert.equal(salts.size, 6);
});

Deno.test("a KID tells generation and step, up to the last of each", () => {
  for (const [gen, st] of [[0, 0], [0, 15], [1, 0], [2, 3], [MAX_GENERATION, MAX_RATCHET_STEP]]) {
    assert.deepEqual(readKid(kidOf(gen!, st!)), { generation: gen, step: st });
  }
  assert.ok(Number.isSafeInteger(kidOf(MAX_GENERATION, MAX_RATCHET_STEP)));
});

Deno.test("there is no step after the last and no generation after the last", async () => {
  const last = new SenderKey(senderId, 0, MAX_RATCHET_STEP, new Uint8Array(32));
  await assert.rejects(last.ratchet(), RangeError);
  assert.throws(() => SenderKey.generate(senderId, MAX_GENERATION + 1), RangeError);
});

Deno.test("a destroyed key gives nothing and its secret is overwritten", async () => {
  const secret = new Uint8Array(32).fill(9);
  const key = new SenderKey(senderId, 0, 0, secret);
  key.destroy();
  assert.deepEqual(secret, new Uint8Array(32));
  assert.throws(() => key.exportBaseKey());
  await assert.rejects(key.ratchet());
  await assert.rejects(key.deriveFrameKey(streamId, 0));
});
