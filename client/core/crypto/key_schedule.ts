import { isUuid } from "../../../proto/media_frame/uuid.ts";
import { DeliveryKey, deliveryKeyId, isPublicKey } from "./delivery_key.ts";
import { DeliveryKeyRing } from "./delivery_key_ring.ts";
import { type FrameDecryptor, SFrameDecryptor } from "./frame_decryptor.ts";
import { type FrameEncryptor, SFrameEncryptor } from "./frame_encryptor.ts";
import { FrameMetadata } from "./frame_metadata.ts";
import { KeyDistribution } from "./key_distribution.ts";
import {
  encodeAcknowledgement,
  encodeRequest,
  KeyMessageError,
  readKeyMessage,
  type WrapMessage,
} from "./key_message.ts";
import { hpkeWrapping, importPublicKey, type KeyWrapping, type RecipientKey } from "./key_wrap.ts";
import { type ContentAddress, MessageOpener, MessageSealer } from "./message_protection.ts";
import { ReceivedKeys } from "./received_keys.ts";
import { platformScheduler, type Scheduler } from "./scheduler.ts";

export { DecryptionError, type DecryptionErrorReason } from "./decryption_error.ts";
export type { FrameDecryptor } from "./frame_decryptor.ts";
export { EncryptionError, type EncryptionErrorReason } from "./encryption_error.ts";
export type { FrameEncryptor } from "./frame_encryptor.ts";
export type { ContentAddress } from "./message_protection.ts";
export { KeyMessageError, type KeyMessageErrorReason } from "./key_message.ts";
export type { Scheduler } from "./scheduler.ts";

/** A sender is asked for its key at most once in this time, milliseconds. */
export const KEY_REQUEST_INTERVAL_MS = 1000;
/**
 * Acknowledgements within this time go out in one delivery, milliseconds: when someone leaves a large
 * meeting, everyone hears a new key from everyone at about the same moment.
 */
export const ACKNOWLEDGEMENT_BATCH_MS = 50;
/** How long what is said waits for those who have just joined, milliseconds. */
export const JOINER_WAIT_MS = 2_000;
/** Most key messages of one sender that wait to be opened. */
export const MAX_QUEUED_KEY_MESSAGES = 64;

/** A key message to hand to one participant, opaque to every server. */
export interface OutgoingKeyMessage {
  readonly recipientId: string;
  readonly message: Uint8Array;
}

/** The public half of a delivery key, as it goes into `EncryptionKeys`. */
export interface PublicDeliveryKey {
  /** Uncompressed P-256 point, 65 bytes. */
  readonly publicKey: Uint8Array<ArrayBuffer>;
  /** The first 16 characters of base64url(SHA-256(publicKey)). */
  readonly keyId: string;
}

/** A participant other than oneself and its delivery key. */
export interface Member {
  readonly participantId: string;
  /** Uncompressed P-256 point, 65 bytes. */
  readonly publicKey: Uint8Array;
}

/** What a key schedule is made of. */
export interface KeyScheduleOptions {
  readonly meetingId: string;
  /** Unique to this schedule: a second one under the same id would be refused by the others. */
  readonly participantId: string;
  /** Sends key messages through the meeting controller, in order. Called from timers. */
  readonly deliver: (messages: OutgoingKeyMessage[]) => void;
  /** The own key changed for a joiner: every video encoder must send a key frame now. */
  readonly onRatchet?: () => void;
  /** A new generation of the own key is in use. */
  readonly onGenerationInUse?: () => void;
  /** The own delivery key was replaced (every five minutes): publish it. Without it, it stays. */
  readonly onDeliveryKeyReplaced?: (key: PublicDeliveryKey) => void;
  /** A member's delivery key cannot be used: it is sent no keys. */
  readonly onMemberKeyRefused?: (participantId: string, error: Error) => void;
  /** Milliseconds of a monotonic clock. */
  readonly now?: () => number;
  readonly scheduler?: Scheduler;
  /** HPKE unless a test of the schedule alone puts something cheaper in its place. */
  readonly wrapping?: KeyWrapping;
}

interface MemberState {
  readonly keys: ReceivedKeys;
  /** Highest sequence number of a wrap that was opened. */
  lastSequence: number;
  requestedAtMs: number;
  queuedMessages: number;
  inbox: Promise<void>;
}

/**
 * The keys of one participant in one meeting: its delivery key, its sender key and who gets it, and
 * the sender keys of the others. Knows no transport: key messages go out through `deliver` and come
 * in through {@link receive}.
 */
export class KeySchedule implements AsyncDisposable {
  readonly #options: KeyScheduleOptions;
  readonly #now: () => number;
  readonly #scheduler: Scheduler;
  readonly #wrapping: KeyWrapping;
  readonly #distribution: KeyDistribution;
  readonly #metadata: FrameMetadata;
  readonly #members = new Map<string, MemberState>();
  readonly #deliveryKeys: DeliveryKeyRing;
  readonly #sealer: MessageSealer;
  readonly #opener: MessageOpener;
  #acknowledgements: OutgoingKeyMessage[] = [];
  #acknowledgementTimer: Disposable | undefined;
  #closed = false;

  private constructor(options: KeyScheduleOptions, deliveryKey: DeliveryKey) {
    this.#options = options;
    this.#now = options.now ?? (() => performance.now());
    this.#scheduler = options.scheduler ?? platformScheduler;
    this.#wrapping = options.wrapping ?? hpkeWrapping;
    this.#deliveryKeys = new DeliveryKeyRing(
      deliveryKey,
      this.#scheduler,
      options.onDeliveryKeyReplaced && (() => options.onDeliveryKeyReplaced?.(this.deliveryKey)),
    );
    this.#metadata = new FrameMetadata(options.meetingId, options.participantId);
    this.#distribution = new KeyDistribution({
      participantId: options.participantId,
      wrap: (senderKey, sequence, recipientId, recipientKey) =>
        this.#wrapping.wrap(senderKey, sequence, recipientKey, {
          meetingId: options.meetingId,
          senderId: options.participantId,
          recipientId,
        }),
      deliver: (messages) => this.#deliver(messages),
      onRatchet: () => options.onRatchet?.(),
      onGenerationInUse: () => options.onGenerationInUse?.(),
      onRecipientRefused: (id, error) => options.onMemberKeyRefused?.(id, error),
      now: this.#now,
      scheduler: this.#scheduler,
    });
    this.#sealer = new MessageSealer({
      meetingId: options.meetingId,
      senderId: options.participantId,
      readableByAll: () => this.#readableByAll(),
      lease: () => this.#distribution.leaseMessage(),
      recipientKey: (id) => this.#distribution.recipientKey(id),
    });
    this.#opener = new MessageOpener({
      meetingId: options.meetingId,
      keys: (senderId) => this.#members.get(senderId)?.keys,
      deliveryKeys: () => this.#deliveryKeys.all,
      requestKey: (senderId) => this.#requestKey(senderId),
      scheduler: this.#scheduler,
    });
  }

  /**
   * Makes a fresh delivery key and sender key.
   *
   * @throws {TypeError} (as rejection) when an id is not a canonical UUID.
   */
  static async create(options: KeyScheduleOptions): Promise<KeySchedule> {
    return new KeySchedule(options, await DeliveryKey.generate());
  }

  /** The own delivery key to publish. */
  get deliveryKey(): PublicDeliveryKey {
    const { publicKey, keyId } = this.#deliveryKeys.current;
    return { publicKey, keyId };
  }

  /**
   * Adds members of the meeting. Those "present" were there when this participant joined: they get
   * its key as it is, so add them before the first frame is encrypted. Those who "joined" after it
   * get the next ratchet step. A member whose delivery key is refused is still heard; one whose id is
   * no UUID is not added.
   */
  addMembers(members: readonly Member[], reason: "present" | "joined"): void {
    if (this.#closed) return;
    const recipients: [string, Promise<RecipientKey>][] = [];
    for (const { participantId, publicKey } of members) {
      if (participantId === this.#options.participantId || this.#members.has(participantId)) {
        continue;
      }
      if (!isUuid(participantId)) {
        this.#options.onMemberKeyRefused?.(participantId, new TypeError("not a canonical UUID"));
        continue;
      }
      this.#members.set(participantId, this.#createMember());
      const key = this.#acceptPublicKey(participantId, publicKey);
      if (key !== undefined) recipients.push([participantId, key]);
    }
    if (reason === "present") this.#distribution.addPresent(recipients);
    else this.#distribution.addJoined(recipients);
  }

  /** Removes a member: its frames are refused at once, and it is shut out within two seconds. */
  removeMember(participantId: string): void {
    const member = this.#members.get(participantId);
    if (member === undefined) return;
    this.#members.delete(participantId);
    member.keys[Symbol.dispose]();
    this.#distribution.remove(participantId);
  }

  /** Takes a member's new delivery key. One that is refused leaves the one before in place. */
  updateMemberKey(participantId: string, publicKey: Uint8Array): void {
    if (this.#closed || !this.#members.has(participantId)) return;
    const key = this.#acceptPublicKey(participantId, publicKey);
    if (key === undefined) return;
    if (this.#distribution.has(participantId)) this.#distribution.replaceKey(participantId, key);
    else this.#distribution.addJoined([[participantId, key]]);
  }

  /**
   * Takes a key message that the meeting controller delivered. Messages of one sender are handled in
   * the order of the calls.
   *
   * @throws {KeyMessageError} (as rejection) when it is refused; nothing changed then.
   */
  receive(senderId: string, message: Uint8Array): Promise<void> {
    const member = this.#members.get(senderId);
    if (this.#closed) return Promise.reject(new KeyMessageError("closed"));
    if (member === undefined) return Promise.reject(new KeyMessageError("unknown-sender"));
    if (member.queuedMessages >= MAX_QUEUED_KEY_MESSAGES) {
      return Promise.reject(new KeyMessageError("too-many-messages"));
    }
    member.queuedMessages++;
    const handled = member.inbox.then(() => this.#handle(senderId, member, message));
    member.inbox = handled.catch(() => undefined).finally(() => member.queuedMessages--);
    return handled;
  }

  /**
   * Encrypts the frames of an own stream and layer, always under the key in use.
   *
   * @throws {TypeError} when the stream id is not a canonical UUID.
   */
  encryptor(streamId: string, spatialLayer: number): FrameEncryptor {
    requireUuid(streamId);
    return new SFrameEncryptor({
      streamId,
      spatialLayer,
      metadata: this.#metadata,
      lease: (stream, layer) => this.#distribution.lease(stream, layer),
    });
  }

  /**
   * Decrypts the frames of another participant's stream: make one for each stream.
   *
   * @throws {TypeError} when the sender's id is not a canonical UUID.
   */
  decryptor(senderId: string, streamId: string): FrameDecryptor {
    return new SFrameDecryptor({
      streamId,
      metadata: new FrameMetadata(this.#options.meetingId, senderId),
      keys: () => this.#members.get(senderId)?.keys,
      requestKey: () => this.#requestKey(senderId),
      now: this.#now,
      scheduler: this.#scheduler,
    });
  }

  /**
   * Seals what this participant says.
   *
   * @throws {EncryptionError} (as rejection) when it must not be sent.
   */
  sealContent(address: ContentAddress, plaintext: Uint8Array): Promise<Uint8Array> {
    return this.#sealer.seal(address, plaintext);
  }

  /**
   * Opens what another participant says.
   *
   * @throws {DecryptionError} (as rejection) when it must not be shown.
   */
  openContent(
    senderId: string,
    address: ContentAddress,
    bytes: Uint8Array,
  ): Promise<Uint8Array> {
    return this.#opener.open(senderId, address, bytes);
  }

  /** Hands the own keys to every member again: some may have dropped them meanwhile. */
  resendKeys(): void {
    this.#distribution.resendAll();
  }

  /** Overwrites all secrets; frames that wait for a key are refused. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true;
    this.#distribution[Symbol.dispose]();
    this.#deliveryKeys[Symbol.dispose]();
    this.#acknowledgementTimer?.[Symbol.dispose]();
    const members = [...this.#members.values()];
    for (const { keys } of members) keys[Symbol.dispose]();
    await Promise.all(members.map(({ inbox }) => inbox));
  }

  /** Waits no longer than {@link JOINER_WAIT_MS}: whoever is late asks for the key. */
  async #readableByAll(): Promise<void> {
    const late = Promise.withResolvers<void>();
    using _deadline = this.#scheduler.after(JOINER_WAIT_MS, () => late.resolve());
    await Promise.race([this.#distribution.readableByAll(), late.promise]);
  }

  #createMember(): MemberState {
    return {
      keys: new ReceivedKeys(this.#scheduler),
      lastSequence: 0,
      requestedAtMs: -Infinity,
      queuedMessages: 0,
      inbox: Promise.resolve(),
    };
  }

  #acceptPublicKey(
    participantId: string,
    publicKey: Uint8Array,
  ): Promise<RecipientKey> | undefined {
    const copy = new Uint8Array(publicKey);
    const reason = !isPublicKey(copy)
      ? "invalid-point"
      : this.#deliveryKeys.all.some((key) => key.isReflectedBy(copy))
      ? "reflected"
      : undefined;
    if (reason === undefined) return importRecipientKey(copy);
    this.#options.onMemberKeyRefused?.(participantId, new KeyMessageError(reason));
    return undefined;
  }

  async #handle(senderId: string, member: MemberState, bytes: Uint8Array): Promise<void> {
    if (this.#members.get(senderId) !== member) throw new KeyMessageError("unknown-sender");
    const message = readKeyMessage(bytes);
    switch (message.type) {
      case "wrap":
        return await this.#install(senderId, member, message);
      case "acknowledgement":
        return this.#distribution.acknowledge(senderId, message.generation);
      case "request":
        return this.#distribution.resend(senderId);
    }
  }

  async #install(senderId: string, member: MemberState, message: WrapMessage): Promise<void> {
    if (message.sequence <= member.lastSequence) throw new KeyMessageError("replayed");
    const senderKey = await this.#wrapping.unwrap(message, this.#deliveryKeys.all, {
      meetingId: this.#options.meetingId,
      senderId,
      recipientId: this.#options.participantId,
    });
    member.lastSequence = message.sequence;
    const { generation, step } = senderKey;
    await member.keys.install(senderKey);
    this.#acknowledge({
      recipientId: senderId,
      message: encodeAcknowledgement(generation, step),
    });
  }

  #acknowledge(acknowledgement: OutgoingKeyMessage): void {
    if (this.#closed) return;
    this.#acknowledgements.push(acknowledgement);
    this.#acknowledgementTimer ??= this.#scheduler.after(ACKNOWLEDGEMENT_BATCH_MS, () => {
      this.#acknowledgementTimer = undefined;
      this.#deliver(this.#acknowledgements.splice(0));
    });
  }

  #requestKey(senderId: string): void {
    const member = this.#members.get(senderId);
    const nowMs = this.#now();
    if (member === undefined || nowMs - member.requestedAtMs < KEY_REQUEST_INTERVAL_MS) return;
    member.requestedAtMs = nowMs;
    this.#deliver([{ recipientId: senderId, message: encodeRequest() }]);
  }

  #deliver(messages: OutgoingKeyMessage[]): void {
    if (!this.#closed) this.#options.deliver(messages);
  }
}

async function importRecipientKey(publicKey: Uint8Array<ArrayBuffer>): Promise<RecipientKey> {
  const [key, id] = await Promise.all([importPublicKey(publicKey), deliveryKeyId(publicKey)]);
  return { key, publicKey, id };
}

function requireUuid(text: string): void {
  if (!isUuid(text)) throw new TypeError("not a canonical UUID");
}
