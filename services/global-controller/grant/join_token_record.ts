import type { MeetingRole } from "../auth/token/join_token.ts";
import type { Grant } from "./grant.ts";

/** A join token that is given out. */
export interface NewJoinToken {
  /** A UUID: the token's `jti`. */
  readonly tokenId: string;
  readonly meetingId: string;
  readonly participantId: string;
  readonly role: MeetingRole;
  readonly grants: readonly Grant[];
  /** The person's account. */
  readonly userId: string | null;
  /** What a backend that admits its own users calls the person; empty: nothing. */
  readonly userReference: string;
  /** The name that the issuer fixed; empty: the participant's choice. */
  readonly participantName: string;
  readonly expiresAt: Date;
}

/** A join token as it is kept; the token itself is not. */
export interface JoinTokenRecord extends NewJoinToken {
  readonly issuedAt: Date;
  readonly revokedAt: Date | null;
}
