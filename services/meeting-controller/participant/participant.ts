import { create } from "@bufbuild/protobuf";
import {
  type EncryptionKeys,
  type MediaStream,
  type Participant as ParticipantMessage,
  ParticipantSchema,
} from "../../../proto/gen/dark_tower/signaling/v1/signaling_pb.ts";
import type { CloseCode } from "./close_code.ts";

/** The way to a participant, as a meeting sees its signaling session. */
export interface ParticipantConnection {
  /** Queues one framed message; never waits and never throws. */
  send(message: Uint8Array<ArrayBuffer>): void;
  /** Ends the session; the participant has left its meeting when this returns. */
  close(code: CloseCode, reason: string): void;
}

/** Host: may end the meeting and, later, moderate it. */
export type Role = "host" | "participant";

/** Someone who is in a meeting and seen by the others. */
export class Participant {
  /** By stream id, in the order of publication. */
  readonly streams = new Map<string, MediaStream>();

  constructor(
    readonly id: string,
    readonly role: Role,
    readonly name: string,
    /** Milliseconds since the Unix epoch. */
    readonly joinedAt: number,
    public encryptionKeys: EncryptionKeys | undefined,
    readonly connection: ParticipantConnection,
  ) {}

  /** What the others are told. */
  describe(): ParticipantMessage {
    return create(ParticipantSchema, {
      participantId: this.id,
      name: this.name,
      joinedAt: BigInt(this.joinedAt),
      streams: [...this.streams.values()],
      encryptionKeys: this.encryptionKeys,
    });
  }
}
