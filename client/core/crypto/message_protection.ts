import { UUID_LENGTH, writeUuid } from "../../../proto/media_frame/uuid.ts";
import { concatenate, equalBytes, label } from "./byte_string.ts";
import { DecryptionError } from "./decryption_error.ts";
import {
  DELIVERY_KEY_ID_LENGTH,
  type DeliveryKey,
  isPublicKey,
  PUBLIC_KEY_LENGTH,
} from "./delivery_key.ts";
import { EncryptionError } from "./encryption_error.ts";
import { MAX_COUNTER } from "./frame_counter.ts";
import type { CounterLease } from "./frame_encryptor.ts";
import { HPKE_SUITE, type RecipientKey } from "./key_wrap.ts";
import type { ReceivedKeys, ReceivingKey } from "./received_keys.ts";
import type { Scheduler } from "./scheduler.ts";
import { kidOf, MAX_GENERATION, MAX_RATCHET_STEP } from "./sender_key.ts";
import {
  openSFrame,
  sealSFrame,
  SFRAME_TAG_LENGTH,
  sframeObjectLength,
} from "./sframe/cipher_suite.ts";
import { readSFrameHeader, type SFrameHeader } from "./sframe/header.ts";

/** How long what somebody says waits for its key, milliseconds: whoever came back has to ask. */
export const MESSAGE_KEY_WAIT_MS = 5_000;
/** Most contents of all senders that wait for a key. */
export const MAX_WAITING_MESSAGES = 256;

const MESSAGE_LABEL = label("DT/1 message");
const PRIVATE_LABEL = label("DT-E2EE/1 message");
const KINDS = { message: 1, reaction: 2, poll: 3, vote: 4 } as const;
const CIPHERTEXT_OFFSET = DELIVERY_KEY_ID_LENGTH + PUBLIC_KEY_LENGTH;

/** What kind of signaling message carries a content. */
export type ContentKind = keyof typeof KINDS;

/** Where a content belongs: it is valid nowhere else. */
export interface ContentAddress {
  readonly kind: ContentKind;
  /** Of the message, or of the poll; undefined for a reaction. */
  readonly id: string | undefined;
  /** Undefined: everyone. */
  readonly recipientId: string | undefined;
}

/** What the sealing of own contents stands on. */
export interface MessageSealerOptions {
  readonly meetingId: string;
  readonly senderId: string;
  /** Resolves when everyone who is in the meeting will be able to read. */
  readonly readableByAll: () => Promise<void>;
  /**
   * Leases the next counter of the own key in use.
   *
   * @throws {EncryptionError} when there is none.
   */
  readonly lease: () => CounterLease;
  /** The delivery key of another; undefined when there is none to seal to. */
  readonly recipientKey: (participantId: string) => Promise<RecipientKey> | undefined;
}

/**
 * Seals what one says: an SFrame object under the own sender key, on a track of its own so that no
 * nonce is shared with media. What is for one recipient alone is sealed once more with HPKE to that
 * recipient's delivery key, since the sender key is everyone's.
 */
export class MessageSealer {
  readonly #options: MessageSealerOptions;

  constructor(options: MessageSealerOptions) {
    this.#options = options;
  }

  /** @throws {EncryptionError} (as rejection) when nothing may be sent. */
  async seal(address: ContentAddress, plaintext: Uint8Array): Promise<Uint8Array<ArrayBuffer>> {
    const { meetingId, senderId, readableByAll, lease, recipientKey } = this.#options;
    // Unlike a frame, nothing that is said is said again: who just joined is waited for.
    await readableByAll();
    const { kid, counter, frameKey } = lease();
    const object = new Uint8Array(sframeObjectLength(kid, counter, plaintext.length));
    const metadata = messageMetadata(meetingId, senderId, address);
    const copy = new Uint8Array(plaintext);
    await sealSFrame(await frameKey, counter, metadata, copy, object, 0);
    if (address.recipientId === undefined) return object;
    const recipient = await recipientKey(address.recipientId);
    if (recipient === undefined) throw new EncryptionError("no-recipient-key");
    const info = privateInfo(metadata, recipient.publicKey);
    const sealed = await HPKE_SUITE.seal(
      { recipientPublicKey: recipient.key, info },
      object,
      new Uint8Array(recipient.id),
    );
    return concatenate(recipient.id, new Uint8Array(sealed.enc), new Uint8Array(sealed.ct));
  }
}

/** What the opening of others' contents stands on. */
export interface MessageOpenerOptions {
  readonly meetingId: string;
  /** A sender's keys; undefined when the sender is no member. */
  readonly keys: (senderId: string) => ReceivedKeys | undefined;
  /** One's own delivery keys. */
  readonly deliveryKeys: () => readonly DeliveryKey[];
  /** Asks a sender for its key. */
  readonly requestKey: (senderId: string) => void;
  readonly scheduler: Scheduler;
}

/** Opens what others say. Fails closed: what is not authentic, or came before, is not shown. */
export class MessageOpener {
  readonly #options: MessageOpenerOptions;
  #waiting = 0;

  constructor(options: MessageOpenerOptions) {
    this.#options = options;
  }

  /** @throws {DecryptionError} (as rejection) when it must not be shown. */
  async open(
    senderId: string,
    address: ContentAddress,
    bytes: Uint8Array,
  ): Promise<Uint8Array<ArrayBuffer>> {
    const metadata = messageMetadata(this.#options.meetingId, senderId, address);
    const object = address.recipientId === undefined
      ? new Uint8Array(bytes)
      : await this.#openPrivate(metadata, new Uint8Array(bytes));
    const header = readHeader(object);
    if (header === undefined) throw new DecryptionError("malformed");
    const keys = this.#options.keys(senderId);
    if (keys === undefined) throw new DecryptionError("unknown-sender");
    const key = await this.#keyOf(senderId, keys, header.kid);
    const { frameKey, state } = key.messages;
    if (!state.mayAccept(header.counter)) throw new DecryptionError("replayed");
    const usable = await frameKey.catch(() => {
      throw new DecryptionError("old-key"); // It was dropped before its frame key was derived.
    });
    const plaintext = await openSFrame(usable, header, metadata, object).catch(() => {
      throw new DecryptionError("not-authentic");
    });
    // Checked again: the same bytes may have been under way twice.
    if (!state.accept(header.counter)) throw new DecryptionError("replayed");
    keys.authenticated(key);
    return plaintext;
  }

  async #openPrivate(
    metadata: Uint8Array<ArrayBuffer>,
    bytes: Uint8Array<ArrayBuffer>,
  ): Promise<Uint8Array<ArrayBuffer>> {
    if (bytes.length <= CIPHERTEXT_OFFSET) throw new DecryptionError("malformed");
    const keyId = bytes.slice(0, DELIVERY_KEY_ID_LENGTH);
    const enc = bytes.slice(DELIVERY_KEY_ID_LENGTH, CIPHERTEXT_OFFSET);
    const deliveryKeys = this.#options.deliveryKeys();
    const own = deliveryKeys.find(({ id }) => equalBytes(id, keyId));
    if (own === undefined) throw new DecryptionError("unknown-key");
    const reflected = deliveryKeys.some((key) => key.isReflectedBy(enc));
    if (!isPublicKey(enc) || reflected) throw new DecryptionError("malformed");
    try {
      const parameters = {
        recipientKey: own.pair,
        enc,
        info: privateInfo(metadata, own.publicKey),
      };
      const ciphertext = bytes.slice(CIPHERTEXT_OFFSET);
      return new Uint8Array(await HPKE_SUITE.open(parameters, ciphertext, keyId));
    } catch {
      throw new DecryptionError("not-authentic");
    }
  }

  /** The key that a content names; one that is not there yet is asked and waited for. */
  async #keyOf(senderId: string, keys: ReceivedKeys, kid: number): Promise<ReceivingKey> {
    let key = keys.find(kid);
    if (key === "unknown") {
      if (this.#waiting >= MAX_WAITING_MESSAGES) throw new DecryptionError("unknown-key");
      this.#waiting++;
      this.#options.requestKey(senderId);
      await this.#changeTo(keys, kid).finally(() => this.#waiting--);
      key = keys.find(kid);
    }
    switch (key) {
      case "unknown":
        throw new DecryptionError("unknown-key");
      case "old":
        throw new DecryptionError("old-key");
      case "closed":
        throw new DecryptionError("closed");
      default:
        return key;
    }
  }

  /** Resolves when the key may be there, or after {@link MESSAGE_KEY_WAIT_MS}. */
  async #changeTo(keys: ReceivedKeys, kid: number): Promise<void> {
    const changed = Promise.withResolvers<void>();
    using _deadline = this.#options.scheduler.after(MESSAGE_KEY_WAIT_MS, () => changed.resolve());
    using _listener = keys.onChange(() => {
      if (keys.find(kid) !== "unknown") changed.resolve();
    });
    await changed.promise;
  }
}

/** label ‖ meeting ‖ sender ‖ recipient or zeros ‖ id or zeros ‖ kind. */
function messageMetadata(
  meetingId: string,
  senderId: string,
  { kind, id, recipientId }: ContentAddress,
): Uint8Array<ArrayBuffer> {
  const prefix = MESSAGE_LABEL.length;
  const bytes = new Uint8Array(prefix + 4 * UUID_LENGTH + 1);
  bytes.set(MESSAGE_LABEL);
  for (const [index, uuid] of [meetingId, senderId, recipientId, id].entries()) {
    if (uuid !== undefined) writeUuid(uuid, bytes, prefix + index * UUID_LENGTH);
  }
  bytes[bytes.length - 1] = KINDS[kind];
  return bytes;
}

/** The HPKE info; both parts have a fixed length behind the label. */
function privateInfo(metadata: Uint8Array, deliveryKey: Uint8Array): Uint8Array<ArrayBuffer> {
  return concatenate(PRIVATE_LABEL, metadata, deliveryKey);
}

/** Undefined when these are no bytes that a sender of ours can have made. */
function readHeader(object: Uint8Array): SFrameHeader | undefined {
  try {
    const header = readSFrameHeader(object);
    const complete = object.length >= header.length + SFRAME_TAG_LENGTH;
    const inRange = header.kid <= kidOf(MAX_GENERATION, MAX_RATCHET_STEP) &&
      header.counter <= MAX_COUNTER;
    return complete && inRange ? header : undefined;
  } catch {
    return undefined;
  }
}
