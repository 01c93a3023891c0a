import { create } from "@bufbuild/protobuf";
import {
  type EncryptionKeys,
  type MediaStream,
  type Participant as ParticipantMessage,
  ParticipantSchema,
} from "../../../proto/gen/dark_tower/signaling/v1/signaling_pb.ts";
import type { CloseCode } from "./close_code.ts";
import type { Grant } from "./grant.ts";

/** The way to a participant, as a meeting sees its signaling session. */
export interface ParticipantConnection {
  /** Queues one framed message; never waits and never throws. */
  send(message: Uint8Array<ArrayBuffer>): void;
  /** Ends the session; the participant has left its meeting when this returns. */
  close(code: CloseCode, reason: string): void;
}

/** Host: gets into a locked meeting. */
export type Role = "host" | "participant";

/** Who somebody is, as the join token says. */
export interface Identity {
  readonly participantId: string;
  readonly role: Role;
  readonly grants: ReadonlySet<Grant>;
  /** The name that the issuer of the token fixed; undefined: the participant's choice. */
  readonly name: string | undefined;
  /** The person's account; empty: none. */
  readonly userId: string;
  /** What a backend that admits its own users calls the person; empty: nothing. */
  readonly userReference: string;
  /** The token by which the person came in. */
  readonly tokenId: string;
}

/** Someone who is in a meeting and seen by the others. */
export class Participant {
  /** By stream id, in the order of publication. */
  readonly streams = new Map<string, MediaStream>();

  constructor(
    readonly identity: Identity,
    readonly name: string,
    /** Milliseconds since the Unix epoch. */
    readonly joinedAt: number,
    public encryptionKeys: EncryptionKeys | undefined,
    readonly connection: ParticipantConnection,
  ) {}

  get id(): string {
    return this.identity.participantId;
  }

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
