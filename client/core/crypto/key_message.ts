import { readUnsigned64, writeUnsigned64 } from "../../../proto/media_frame/unsigned64.ts";
import { DELIVERY_KEY_ID_LENGTH, PUBLIC_KEY_LENGTH } from "./delivery_key.ts";
import { BASE_KEY_LENGTH, MAX_RATCHET_STEP } from "./sender_key.ts";

/** Version of the key messages, their first byte. Signed messages will be version 2. */
export const KEY_MESSAGE_VERSION = 1;
/** Second byte. */
export const KeyMessageType = { wrap: 0x01, acknowledgement: 0x02, request: 0x03 } as const;

const SEQUENCE_OFFSET = 2;
const KEY_ID_OFFSET = 10;
/** Length of what stands before the encapsulated key, and is authenticated with it, bytes. */
export const WRAP_PREFIX_LENGTH = KEY_ID_OFFSET + DELIVERY_KEY_ID_LENGTH;
const CIPHERTEXT_OFFSET = WRAP_PREFIX_LENGTH + PUBLIC_KEY_LENGTH;
/** Base key, generation, step. */
export const WRAPPED_SECRET_LENGTH = BASE_KEY_LENGTH + 4 + 1;
const TAG_LENGTH = 16;
/** Length of a wrap, bytes. */
export const WRAP_LENGTH = CIPHERTEXT_OFFSET + WRAPPED_SECRET_LENGTH + TAG_LENGTH;
const ACKNOWLEDGEMENT_LENGTH = 7;
const REQUEST_LENGTH = 2;

/** A sender key, encrypted to one recipient. */
export interface WrapMessage {
  readonly type: "wrap";
  /** Rises with each wrap of a sender, so that an old one cannot be played again. */
  readonly sequence: number;
  /** Which of the recipient's delivery keys it is for, 12 bytes. */
  readonly recipientKeyId: Uint8Array;
  /** The HPKE encapsulated key, 65 bytes. */
  readonly encapsulatedKey: Uint8Array<ArrayBuffer>;
  /** HPKE ciphertext of the secret. */
  readonly ciphertext: Uint8Array<ArrayBuffer>;
  /** The first 22 bytes, the HPKE additional data. */
  readonly prefix: Uint8Array<ArrayBuffer>;
}

/** "I can read what you encrypt under this key." */
export interface AcknowledgementMessage {
  readonly type: "acknowledgement";
  readonly generation: number;
  readonly step: number;
}

/** "I cannot read you: send your key again." */
export interface RequestMessage {
  readonly type: "request";
}

export type KeyMessage = WrapMessage | AcknowledgementMessage | RequestMessage;

/** Why a key message was refused. */
export type KeyMessageErrorReason =
  | "malformed"
  | "unsupported-version"
  | "unknown-sender"
  | "unknown-delivery-key"
  | "invalid-point"
  | "reflected"
  | "not-authentic"
  | "replayed"
  | "conflicting-key"
  | "old-key"
  | "too-many-messages"
  | "closed";

/** A key message, or a member's delivery key, that was refused. */
export class KeyMessageError extends Error {
  override readonly name = "KeyMessageError";
  constructor(readonly reason: KeyMessageErrorReason) {
    super(`key message refused: ${reason}`);
  }
}

/**
 * Reads a key message (proto/README.md, "Key messages"). Its byte arrays are copies.
 *
 * @throws {KeyMessageError} "malformed" or "unsupported-version".
 */
export function readKeyMessage(bytes: Uint8Array): KeyMessage {
  if (bytes.length < REQUEST_LENGTH) throw new KeyMessageError("malformed");
  if (bytes[0] !== KEY_MESSAGE_VERSION) throw new KeyMessageError("unsupported-version");
  switch (bytes[1]) {
    case KeyMessageType.wrap:
      return readWrap(bytes);
    case KeyMessageType.acknowledgement:
      return readAcknowledgement(bytes);
    case KeyMessageType.request:
      requireLength(bytes, REQUEST_LENGTH);
      return { type: "request" };
    default:
      throw new KeyMessageError("malformed");
  }
}

/** The 22 bytes that open a wrap. */
export function encodeWrapPrefix(
  sequence: number,
  recipientKeyId: Uint8Array,
): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(WRAP_PREFIX_LENGTH);
  bytes[0] = KEY_MESSAGE_VERSION;
  bytes[1] = KeyMessageType.wrap;
  writeUnsigned64(sequence, new DataView(bytes.buffer), SEQUENCE_OFFSET);
  bytes.set(recipientKeyId, KEY_ID_OFFSET);
  return bytes;
}

/** The 7 bytes of an acknowledgement. */
export function encodeAcknowledgement(generation: number, step: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(ACKNOWLEDGEMENT_LENGTH);
  bytes[0] = KEY_MESSAGE_VERSION;
  bytes[1] = KeyMessageType.acknowledgement;
  new DataView(bytes.buffer).setUint32(2, generation);
  bytes[6] = step;
  return bytes;
}

/** The 2 bytes of a key request. */
export function encodeRequest(): Uint8Array<ArrayBuffer> {
  return new Uint8Array([KEY_MESSAGE_VERSION, KeyMessageType.request]);
}

function readWrap(bytes: Uint8Array): WrapMessage {
  requireLength(bytes, WRAP_LENGTH);
  let sequence: number;
  try {
    sequence = readUnsigned64(new DataView(bytes.buffer, bytes.byteOffset), SEQUENCE_OFFSET);
  } catch {
    throw new KeyMessageError("malformed");
  }
  const copy = new Uint8Array(bytes);
  return {
    type: "wrap",
    sequence,
    recipientKeyId: copy.subarray(KEY_ID_OFFSET, WRAP_PREFIX_LENGTH),
    encapsulatedKey: copy.slice(WRAP_PREFIX_LENGTH, CIPHERTEXT_OFFSET),
    ciphertext: copy.slice(CIPHERTEXT_OFFSET),
    prefix: copy.slice(0, WRAP_PREFIX_LENGTH),
  };
}

function readAcknowledgement(bytes: Uint8Array): AcknowledgementMessage {
  requireLength(bytes, ACKNOWLEDGEMENT_LENGTH);
  const step = bytes[6]!;
  if (step > MAX_RATCHET_STEP) throw new KeyMessageError("malformed");
  const generation = new DataView(bytes.buffer, bytes.byteOffset).getUint32(2);
  return { type: "acknowledgement", generation, step };
}

function requireLength(bytes: Uint8Array, length: number): void {
  if (bytes.length !== length) throw new KeyMessageError("malformed");
}
