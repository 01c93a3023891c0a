import {
  type ContentAddress,
  type FrameDecryptor,
  type FrameEncryptor,
  KeySchedule,
  type KeyScheduleOptions,
  type Member,
  type OutgoingKeyMessage,
  type PublicDeliveryKey,
} from "../crypto/key_schedule.ts";
import { encodeFrame } from "../../../proto/media_frame/frame_header.ts";
import type { OpenFrame } from "../receive/remote_stream_receiver.ts";
import type { StreamSource } from "../receive/stream_source.ts";
import type { SealFrame } from "../send/seal_frame.ts";

/** The part of a key schedule that a meeting uses. */
export interface MeetingKeys extends AsyncDisposable {
  readonly deliveryKey: PublicDeliveryKey;
  addMembers(members: readonly Member[], reason: "present" | "joined"): void;
  removeMember(participantId: string): void;
  updateMemberKey(participantId: string, publicKey: Uint8Array): void;
  receive(senderId: string, message: Uint8Array): Promise<void>;
  encryptor(streamId: string, spatialLayer: number): FrameEncryptor;
  decryptor(senderId: string, streamId: string): FrameDecryptor;
  sealContent(address: ContentAddress, plaintext: Uint8Array): Promise<Uint8Array>;
  openContent(senderId: string, address: ContentAddress, bytes: Uint8Array): Promise<Uint8Array>;
  resendKeys(): void;
}

/** Makes the keys of one participant. */
export type CreateKeys = (options: KeyScheduleOptions) => Promise<MeetingKeys>;

/** The real keys. */
export const createKeySchedule: CreateKeys = (options) => KeySchedule.create(options);

/** Most keys in one delivery, so that its message stays far below the limit of the framing. */
export const MAX_KEYS_PER_DELIVERY = 128;

/** The deliveries that carry `messages`, as few as possible. */
export function keyDeliveries(
  messages: readonly OutgoingKeyMessage[],
): { keys: { recipientId: string; message: Uint8Array }[] }[] {
  const deliveries = [];
  for (let start = 0; start < messages.length; start += MAX_KEYS_PER_DELIVERY) {
    deliveries.push({
      keys: messages.slice(start, start + MAX_KEYS_PER_DELIVERY)
        .map(({ recipientId, message }) => ({ recipientId, message })),
    });
  }
  return deliveries;
}

/** How own frames are sealed: under `keys`, or not at all. */
export function sealerOf(
  keys: MeetingKeys | undefined,
): (wireStreamId: string, spatialLayer: number) => SealFrame {
  if (keys === undefined) return () => (header, content) => sealPlain(header, content);
  return (wireStreamId, spatialLayer) => {
    const encryptor = keys.encryptor(wireStreamId, spatialLayer);
    return (header, content) => encryptor.encrypt(header, content);
  };
}

/** How the frames of others are opened: with `keys`, or not at all (undefined). */
export function openerOf(
  keys: MeetingKeys | undefined,
): ((source: StreamSource) => OpenFrame) | undefined {
  if (keys === undefined) return undefined;
  return ({ participantId, streamId }) => {
    const decryptor = keys.decryptor(participantId, streamId);
    return (frame) => decryptor.decrypt(frame);
  };
}

function sealPlain(...[header, content]: Parameters<SealFrame>): Promise<Uint8Array> {
  // A header that does not fit rejects here as it does with keys.
  return Promise.try(encodeFrame, header, content);
}
