import assert from "node:assert/strict";
import fc from "fast-check";
import { fromHex, toHex } from "../../../proto/testing/hex.ts";
import { propertyRuns } from "../../../proto/testing/property_runs.ts";
import { DeliveryKey } from "./delivery_key.ts";
import { KeyMessageError, readKeyMessage, WRAP_LENGTH, type WrapMessage } from "./key_message.ts";
import {
  HPKE_SUITE,
  importPublicKey,
  unwrapSenderKey,
  type WrapContext,
  wrapSenderKey,
} from "./key_wrap.ts";
import { SenderKey } from "./sender_key.ts";

const CONTEXT: WrapContext = {
  meetingId: "11111111-1111-4111-8111-111111111111",
  senderId: "22222222-2222-4222-8222-222222222222",
  recipientId: "33333333-3333-4333-8333-333333333333",
};

function refused(...reasons: string[]) {
  return (error: unknown) => error instanceof KeyMessageError && reasons.includes(error.reason);
}

async function wrapFor(deliveryKey: DeliveryKey, context = CONTEXT) {
  const senderKey = SenderKey.generate(context.senderId, 7);
  const { publicKey, id } = deliveryKey;
  const recipient = { key: await importPublicKey(publicKey), publicKey, id };
  return { senderKey, bytes: await wrapSenderKey(senderKey, 42, recipient, context) };
}

function readWrap(bytes: Uint8Array): WrapMessage {
  const message = readKeyMessage(bytes);
  assert.ok(message.type === "wrap");
  return message;
}

Deno.test("HPKE gives the ciphertexts of RFC 9180, appendix A.3.1", async () => {
  const recipient = await HPKE_SUITE.kem.deriveKeyPair(
    fromHex("668b37171f1072f3cf12ea8a236a45df23fc13b82af3609ad1e354f6ef817550").buffer,
  );
  const sender = await HPKE_SUITE.createSenderContext({
    recipientPublicKey: recipient.publicKey,
    info: fromHex("4f6465206f6e2061204772656369616e2055726e"),
    ekm: fromHex("4270e54ffd08d79d5928020af4686d8f6b7d35dbe470265f1f5aa22816ce860e").buffer,
  });
  assert.equal(
    toHex(new Uint8Array(sender.enc)),
    "04a92719c6195d5085104f469a8b9814d5838ff72b60501e2c4466e5e67b325ac9" +
      "8536d7b61a1af4b78e5b7f951c0900be863c403ce65c9bfcb9382657222d18c4",
  );
  const plaintext = fromHex("4265617574792069732074727574682c20747275746820626561757479");
  const expected = [
    "5ad590bb8baa577f8619db35a36311226a896e7342a6d836d8b7bcd2f20b6c7f9076ac232e3ab2523f39513434",
    "fa6f037b47fc21826b610172ca9637e82d6e5801eb31cbd3748271affd4ecb06646e0329cbdf3c3cd655b28e82",
    "895cabfac50ce6c6eb02ffe6c048bf53b7f7be9a91fc559402cbc5b8dcaeb52b2ccc93e466c28fb55fed7a7fec",
  ];
  for (const [index, ciphertext] of expected.entries()) {
    const additionalData = new TextEncoder().encode(`Count-${index}`);
    const sealed = await sender.seal(plaintext, additionalData);
    assert.equal(toHex(new Uint8Array(sealed)), ciphertext);
  }
});

Deno.test("a wrapped key comes out at its recipient as it went in", async () => {
  const own = await DeliveryKey.generate();
  const { senderKey, bytes } = await wrapFor(own);
  assert.equal(bytes.length, WRAP_LENGTH);
  assert.equal(toHex(bytes.subarray(0, 10)), "01" + "01" + "000000000000002a");
  const message = readWrap(bytes);
  const unwrapped = await unwrapSenderKey(message, [await DeliveryKey.generate(), own], CONTEXT);
  assert.equal(unwrapped.generation, 7);
  assert.ok(unwrapped.equals(senderKey));
});

Deno.test("each wrap of the same key looks different", async () => {
  const own = await DeliveryKey.generate();
  const [first, second] = [await wrapFor(own), await wrapFor(own)];
  assert.notEqual(toHex(first.bytes.subarray(22)), toHex(second.bytes.subarray(22)));
});

Deno.test("a wrap opens in its own meeting, from its sender, at its recipient only", async () => {
  const own = await DeliveryKey.generate();
  const message = readWrap((await wrapFor(own)).bytes);
  const other = "44444444-4444-4444-8444-444444444444";
  for (const field of ["meetingId", "senderId", "recipientId"] as const) {
    const context = { ...CONTEXT, [field]: other };
    await assert.rejects(unwrapSenderKey(message, [own], context), refused("not-authentic"));
  }
  const swapped = {
    ...CONTEXT,
    senderId: CONTEXT.recipientId,
    recipientId: CONTEXT.senderId,
  };
  await assert.rejects(unwrapSenderKey(message, [own], swapped), refused("not-authentic"));
  const others = [await DeliveryKey.generate()];
  await assert.rejects(
    unwrapSenderKey(message, others, CONTEXT),
    refused("unknown-delivery-key"),
  );
});

Deno.test("an encapsulated key off the curve, and one's own reflected, are refused", async () => {
  const own = await DeliveryKey.generate();
  const message = readWrap((await wrapFor(own)).bytes);
  const offCurve = { ...message, encapsulatedKey: message.encapsulatedKey.slice() };
  offCurve.encapsulatedKey[64]! ^= 1;
  await assert.rejects(unwrapSenderKey(offCurve, [own], CONTEXT), refused("invalid-point"));
  const reflected = { ...message, encapsulatedKey: own.publicKey };
  await assert.rejects(unwrapSenderKey(reflected, [own], CONTEXT), refused("reflected"));
});

Deno.test("a flipped bit anywhere in a wrap is noticed", async () => {
  const own = await DeliveryKey.generate();
  const { bytes } = await wrapFor(own);
  await fc.assert(
    fc.asyncProperty(fc.nat(WRAP_LENGTH * 8 - 1), async (bit) => {
      const damaged = bytes.slice();
      damaged[bit >> 3]! ^= 1 << (bit & 7);
      const open = async () => {
        const message = readKeyMessage(damaged);
        assert.equal(message.type, "wrap");
        await unwrapSenderKey(message as WrapMessage, [own], CONTEXT);
      };
      await assert.rejects(open, KeyMessageError);
    }),
    propertyRuns(150),
  );
});
