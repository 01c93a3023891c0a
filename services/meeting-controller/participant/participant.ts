import { create } from "@bufbuild/protobuf";
import {
  ConnectionState,
  type EncryptionKeys,
  type MediaStream,
  type Participant as ParticipantMessage,
  ParticipantSchema,
  type ParticipantUpdated,
  ParticipantUpdatedSchema,
  Role as WireRole,
} from "../../../proto/gen/dark_tower/signaling/v1/signaling_pb.ts";
import type { CloseCode } from "./close_code.ts";
import type { Grant } from "./grant.ts";
import { ResumeSecrets } from "./resume_secret.ts";

/** The way to a participant, as a meeting sees its signaling session. */
export interface ParticipantConnection {
  /** Queues one framed message; never waits and never throws. */
  send(message: Uint8Array<ArrayBuffer>): void;
  /** Ends the session; the participant has left its meeting when this returns. */
  close(code: CloseCode, reason: string): void;
  /** Resolves when the session has ended: whether the peer closed it, rather than vanished. */
  readonly closedByPeer: Promise<boolean>;
}

/**
 * Host: gets into a locked meeting and may do everything. Co-host: moderates, but makes no hosts and
 * does not end the meeting.
 */
export type Role = "host" | "co_host" | "participant";

/** A role as messages name it. */
export const WIRE_ROLES: Readonly<Record<Role, WireRole>> = {
  host: WireRole.HOST,
  co_host: WireRole.CO_HOST,
  participant: WireRole.PARTICIPANT,
};

/** The way to a participant whose signaling session is lost: what is sent goes nowhere. */
export const LOST_CONNECTION: ParticipantConnection = {
  send() {},
  close() {},
  closedByPeer: Promise.resolve(false),
};

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
  /** What a guest's browser is known by; empty: nothing. */
  readonly guestId: string;
  /** The keyed hash of the network that a guest comes from; empty: unknown. */
  readonly network: string;
  /** Whether a host has to admit the person where there is a lobby. */
  readonly mustKnock: boolean;
}

/** Someone whose session in a meeting lives, seen by the others unless away. */
export class Participant {
  /** By stream id, in the order of publication. */
  readonly streams = new Map<string, MediaStream>();
  /** As it is now; at first that of the identity, or the one that was given in this meeting. */
  role: Role;
  /** 0: down; else hands are in the order of these numbers. */
  handRaised = 0n;
  connectionState: ConnectionState = ConnectionState.CONNECTING;
  /** ECDSA P-256, 65 bytes: who holds its private key may resume. Empty: nobody. */
  identityKey: Uint8Array<ArrayBuffer> = new Uint8Array(0);
  secrets = new ResumeSecrets();
  /** When the signaling session was lost, milliseconds of the store's clock; 0: it stands. */
  lostAt = 0;
  /** The number of the newest message at the join: those up to it were not for this one. */
  joinedAfterMessage = 0n;
  /** Off the rosters, though the session lives. */
  isAway = false;

  constructor(
    readonly identity: Identity,
    readonly name: string,
    /** Milliseconds since the Unix epoch. */
    readonly joinedAt: number,
    public encryptionKeys: EncryptionKeys | undefined,
    /** {@link LOST_CONNECTION} while there is none. */
    public connection: ParticipantConnection,
  ) {
    this.role = identity.role;
  }

  get id(): string {
    return this.identity.participantId;
  }

  /** Whether a lost session can be resumed. */
  get canResume(): boolean {
    return this.identityKey.length > 0;
  }

  /** May do what moderators may. */
  get isModerator(): boolean {
    return this.role !== "participant";
  }

  /** What the others are told. */
  describe(): ParticipantMessage {
    return create(ParticipantSchema, {
      participantId: this.id,
      name: this.name,
      joinedAt: BigInt(this.joinedAt),
      streams: [...this.streams.values()],
      encryptionKeys: this.encryptionKeys,
      role: WIRE_ROLES[this.role],
      connection: this.connectionState,
      handRaised: this.handRaised,
      signedIn: this.identity.userId !== "",
    });
  }

  /** What of it may change, as the others are told. */
  describeChanges(): ParticipantUpdated {
    return create(ParticipantUpdatedSchema, {
      participantId: this.id,
      role: WIRE_ROLES[this.role],
      connection: this.connectionState,
      handRaised: this.handRaised,
    });
  }
}
