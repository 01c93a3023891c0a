import {
  encodeFrame,
  FrameType,
  readFrameHeader,
} from "../../../proto/media_frame/frame_header.ts";
import type { Frame } from "../../../proto/media_frame/frame_parser.ts";
import { concatenate } from "../crypto/byte_string.ts";
import { PUBLIC_KEY_LENGTH } from "../crypto/delivery_key.ts";
import {
  KeySchedule,
  type KeyScheduleOptions,
  type OutgoingKeyMessage,
} from "../crypto/key_schedule.ts";
import { encodeWrapPrefix, KeyMessageError, WRAP_PREFIX_LENGTH } from "../crypto/key_message.ts";
import { decodeWrappedSecret, encodeWrappedSecret, type KeyWrapping } from "../crypto/key_wrap.ts";
import { SimulatedTime } from "./simulated_time.ts";

/** What becomes of a key message on its way. */
export type Fate = "deliver" | "drop" | "hold";

/** A key message under way. */
export interface RelayedKeyMessage extends OutgoingKeyMessage {
  readonly senderId: string;
}

/** A participant of a simulated meeting. */
export interface SimulatedMember {
  readonly id: string;
  readonly schedule: KeySchedule;
  /** How often its encoders were asked for a key frame, and its generation changed. */
  readonly events: { ratchets: number; generations: number };
}

/**
 * A meeting of key schedules in one process: it does what meeting controller and media handler do,
 * in simulated time, and can lose and reorder key messages.
 */
export class SimulatedMeeting implements AsyncDisposable {
  readonly meetingId = crypto.randomUUID();
  readonly time = new SimulatedTime();
  readonly members: SimulatedMember[] = [];
  readonly everyone: SimulatedMember[] = [];
  readonly refusals: { recipientId: string; senderId: string; reason: string }[] = [];
  readonly relayed: RelayedKeyMessage[] = [];
  /** The types of the key messages in each delivery. */
  readonly deliveries: { readonly senderId: string; readonly types: number[] }[] = [];
  /** Decides what becomes of each key message. */
  fate: (message: RelayedKeyMessage) => Fate = () => "deliver";
  readonly #held: RelayedKeyMessage[] = [];

  constructor(readonly options: Partial<KeyScheduleOptions> = {}) {}

  /** A new participant joins, and everyone learns of it. */
  async join(): Promise<SimulatedMember> {
    const member = await this.createMember();
    const introduce = ({ id, schedule }: SimulatedMember) => ({
      participantId: id,
      publicKey: schedule.deliveryKey.publicKey,
    });
    member.schedule.addMembers(this.members.map(introduce), "present");
    for (const other of this.members) other.schedule.addMembers([introduce(member)], "joined");
    this.members.push(member);
    return member;
  }

  /** A participant that nobody knows yet. */
  async createMember(): Promise<SimulatedMember> {
    const id = crypto.randomUUID();
    const events = { ratchets: 0, generations: 0 };
    const schedule = await KeySchedule.create({
      meetingId: this.meetingId,
      participantId: id,
      deliver: (messages) => this.#relay(id, messages),
      onRatchet: () => events.ratchets++,
      onGenerationInUse: () => events.generations++,
      now: this.time.now,
      scheduler: this.time,
      ...this.options,
    });
    const member = { id, schedule, events };
    this.everyone.push(member);
    return member;
  }

  /** A participant leaves; it keeps what it has and hears what is sent to it. */
  leave(member: SimulatedMember): void {
    this.members.splice(this.members.indexOf(member), 1);
    for (const other of this.members) other.schedule.removeMember(member.id);
  }

  /** Delivers the key messages that were held, in the order that `order` gives them. */
  release(order: (messages: RelayedKeyMessage[]) => RelayedKeyMessage[] = (all) => all): void {
    for (const message of order(this.#held.splice(0))) this.#hand(message);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.everyone.map(({ schedule }) => schedule[Symbol.asyncDispose]()));
  }

  #relay(senderId: string, messages: OutgoingKeyMessage[]): void {
    this.deliveries.push({ senderId, types: messages.map(({ message }) => message[1]!) });
    for (const message of messages) {
      const relayed = { ...message, senderId };
      this.relayed.push(relayed);
      const fate = this.fate(relayed);
      if (fate === "deliver") this.#hand(relayed);
      if (fate === "hold") this.#held.push(relayed);
    }
  }

  #hand({ senderId, recipientId, message }: RelayedKeyMessage): void {
    const recipient = this.everyone.find(({ id }) => id === recipientId);
    recipient?.schedule.receive(senderId, message).catch((error) => {
      const reason = error instanceof KeyMessageError ? error.reason : String(error);
      this.refusals.push({ recipientId, senderId, reason });
    });
  }
}

/** A header for `streamId`; all that a test does not care about. */
export function videoHeader(streamId: string, sequence = 0, spatialLayer = 0) {
  return {
    frameType: FrameType.videoDelta,
    streamId,
    timestampUs: sequence * 33_333,
    sequence,
    endOfFrame: true,
    discardable: false,
    referenceDistance: 0,
    spatialLayer,
    temporalLayer: 0,
    audioLevel: 127,
    groupNumber: 1,
  };
}

/** What a parser makes of the bytes of one frame. */
export function parseFrame(bytes: Uint8Array<ArrayBuffer>): Frame {
  return { header: readFrameHeader(bytes), bytes };
}

/** A frame whose payload is what the encoder made, as in a meeting without encryption. */
export function plaintextFrame(streamId: string, payload: Uint8Array): Frame {
  return parseFrame(encodeFrame(videoHeader(streamId), payload));
}

/**
 * Hides nothing, for tests of the key schedule that make thousands of key messages. The messages
 * have their true form; HPKE has its own tests.
 */
export const transparentWrapping: KeyWrapping = {
  wrap(senderKey, sequence, recipient) {
    const prefix = encodeWrapPrefix(sequence, recipient.id);
    const encapsulated = new Uint8Array(PUBLIC_KEY_LENGTH);
    const tag = new Uint8Array(16);
    return Promise.resolve(
      concatenate(prefix, encapsulated, encodeWrappedSecret(senderKey), tag),
    );
  },
  unwrap(message, _deliveryKeys, { senderId }) {
    if (message.prefix.length !== WRAP_PREFIX_LENGTH) throw new KeyMessageError("malformed");
    return Promise.resolve(decodeWrappedSecret(message.ciphertext.slice(0, -16), senderId));
  },
};
