import { Aes128Gcm, CipherSuite, DhkemP256HkdfSha256, HkdfSha256 } from "@hpke/core";
import { UUID_LENGTH, writeUuid } from "../../../proto/media_frame/uuid.ts";
import { concatenate, equalBytes, label } from "./byte_string.ts";
import { type DeliveryKey, isPublicKey, P256 } from "./delivery_key.ts";
import {
  encodeWrapPrefix,
  KeyMessageError,
  type WrapMessage,
  WRAPPED_SECRET_LENGTH,
} from "./key_message.ts";
import { BASE_KEY_LENGTH, MAX_RATCHET_STEP, SenderKey } from "./sender_key.ts";

/** HPKE with DHKEM(P-256, HKDF-SHA256), HKDF-SHA256 and AES-128-GCM (RFC 9180). */
export const HPKE_SUITE: CipherSuite = new CipherSuite({
  kem: new DhkemP256HkdfSha256(),
  kdf: new HkdfSha256(),
  aead: new Aes128Gcm(),
});

const WRAP_LABEL = label("DT-E2EE/1 wrap");
/** Stands for the identity keys and the hash over their roster where nobody has one. */
const NO_IDENTITY = new Uint8Array(0);

/** Between whom a sender key travels. */
export interface WrapContext {
  readonly meetingId: string;
  readonly senderId: string;
  readonly recipientId: string;
}

/** A recipient's delivery key, ready for wrapping. */
export interface RecipientKey {
  readonly key: CryptoKey;
  readonly publicKey: Uint8Array<ArrayBuffer>;
  readonly id: Uint8Array;
}

/** How sender keys are hidden from all but their recipient. */
export interface KeyWrapping {
  /** The bytes of a wrap message that hands `senderKey` to the recipient alone. */
  wrap(
    senderKey: SenderKey,
    sequence: number,
    recipient: RecipientKey,
    context: WrapContext,
  ): Promise<Uint8Array>;
  /** @throws {KeyMessageError} (as rejection) when the message is not such a wrap for us. */
  unwrap(
    message: WrapMessage,
    deliveryKeys: readonly DeliveryKey[],
    context: WrapContext,
  ): Promise<SenderKey>;
}

/** The wrapping of all meetings. */
export const hpkeWrapping: KeyWrapping = { wrap: wrapSenderKey, unwrap: unwrapSenderKey };

/**
 * Imports a delivery key that was found valid by `isPublicKey`.
 *
 * @throws {DOMException} (as rejection) when the platform refuses it.
 */
export function importPublicKey(publicKey: Uint8Array<ArrayBuffer>): Promise<CryptoKey> {
  return crypto.subtle.importKey("raw", publicKey, P256, true, []);
}

/** The bytes of a wrap message that hands `senderKey` to the recipient alone. */
export async function wrapSenderKey(
  senderKey: SenderKey,
  sequence: number,
  recipient: RecipientKey,
  context: WrapContext,
): Promise<Uint8Array<ArrayBuffer>> {
  const secret = encodeWrappedSecret(senderKey);
  const prefix = encodeWrapPrefix(sequence, recipient.id);
  try {
    const parameters = {
      recipientPublicKey: recipient.key,
      info: wrapInfo(context, recipient.publicKey),
    };
    const { enc, ct } = await HPKE_SUITE.seal(parameters, secret, prefix);
    return concatenate(prefix, new Uint8Array(enc), new Uint8Array(ct));
  } finally {
    secret.fill(0);
  }
}

/**
 * Opens a wrap with the delivery key that it names.
 *
 * @throws {KeyMessageError} (as rejection) "unknown-delivery-key", "invalid-point", "reflected",
 * "not-authentic" or "malformed".
 */
export async function unwrapSenderKey(
  message: WrapMessage,
  deliveryKeys: readonly DeliveryKey[],
  context: WrapContext,
): Promise<SenderKey> {
  const own = deliveryKeys.find((key) => equalBytes(key.id, message.recipientKeyId));
  if (own === undefined) throw new KeyMessageError("unknown-delivery-key");
  if (!isPublicKey(message.encapsulatedKey)) throw new KeyMessageError("invalid-point");
  if (deliveryKeys.some((key) => key.isReflectedBy(message.encapsulatedKey))) {
    throw new KeyMessageError("reflected");
  }
  const secret = await open(message, own, context);
  return decodeWrappedSecret(secret, context.senderId);
}

async function open(
  message: WrapMessage,
  own: DeliveryKey,
  context: WrapContext,
): Promise<Uint8Array<ArrayBuffer>> {
  try {
    const parameters = {
      recipientKey: own.pair,
      enc: message.encapsulatedKey,
      info: wrapInfo(context, own.publicKey),
    };
    return new Uint8Array(await HPKE_SUITE.open(parameters, message.ciphertext, message.prefix));
  } catch {
    // The library tells apart no causes that a recipient could act on.
    throw new KeyMessageError("not-authentic");
  }
}

/** The HPKE info: each part behind its length, so that no two contexts have the same bytes. */
function wrapInfo(context: WrapContext, deliveryKey: Uint8Array): Uint8Array<ArrayBuffer> {
  return concatenate(...[
    WRAP_LABEL,
    uuidBytes(context.meetingId),
    NO_IDENTITY, // roster hash
    uuidBytes(context.senderId),
    uuidBytes(context.recipientId),
    NO_IDENTITY, // the sender's identity key
    NO_IDENTITY, // the recipient's identity key
    deliveryKey,
  ].flatMap((part) => [lengthPrefix(part), part]));
}

/** The plaintext of a wrap: base key ‖ generation ‖ step. */
export function encodeWrappedSecret(senderKey: SenderKey): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(WRAPPED_SECRET_LENGTH);
  const baseKey = senderKey.exportBaseKey();
  bytes.set(baseKey);
  baseKey.fill(0);
  new DataView(bytes.buffer).setUint32(BASE_KEY_LENGTH, senderKey.generation);
  bytes[BASE_KEY_LENGTH + 4] = senderKey.step;
  return bytes;
}

/**
 * Reads the plaintext of a wrap and overwrites it.
 *
 * @throws {KeyMessageError} "malformed".
 */
export function decodeWrappedSecret(bytes: Uint8Array<ArrayBuffer>, senderId: string): SenderKey {
  if (bytes.length !== WRAPPED_SECRET_LENGTH) throw new KeyMessageError("malformed");
  const step = bytes[BASE_KEY_LENGTH + 4]!;
  if (step > MAX_RATCHET_STEP) throw new KeyMessageError("malformed");
  const generation = new DataView(bytes.buffer).getUint32(BASE_KEY_LENGTH);
  const senderKey = new SenderKey(senderId, generation, step, bytes.slice(0, BASE_KEY_LENGTH));
  bytes.fill(0);
  return senderKey;
}

function uuidBytes(uuid: string): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(UUID_LENGTH);
  writeUuid(uuid, bytes, 0);
  return bytes;
}

function lengthPrefix(part: Uint8Array): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(2);
  new DataView(bytes.buffer).setUint16(0, part.length);
  return bytes;
}
