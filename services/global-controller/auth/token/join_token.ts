import { SignJWT } from "jose";
import { TOKEN_ISSUER, type TokenKeys } from "../signing/token_keys.ts";

/** How long a join token is valid at most, and unless said otherwise, seconds. */
export const JOIN_TOKEN_LIFETIME_S = 300;
const TOKEN_TYPE = "dt-join+jwt";

/** What a join token makes of its bearer; a co-host is made in the meeting. */
export type MeetingRole = "host" | "participant";

/** Who may join what, and where. */
export interface JoinGrant {
  readonly controllerId: string;
  readonly meetingId: string;
  readonly participantId: string;
  readonly role: MeetingRole;
  /** By which the token can be revoked, a UUID; a new one by default. */
  readonly tokenId?: string;
  /** What the participant may send or do (grant/grant.ts). */
  readonly grants: readonly string[];
  /** The name to appear under; the participant's choice by default. */
  readonly participantName?: string;
  /** The person's account. */
  readonly userId?: string;
  /** What a backend that admits its own users calls the person. */
  readonly userReference?: string;
  /** What a guest's browser is known by in this meeting, at most 64 characters. */
  readonly guestId?: string;
  /** The keyed hash of the network that the person comes from, at most 64 characters. */
  readonly network?: string;
  /** Whether a host has to admit the person. */
  readonly mustKnock?: boolean;
  /** How long the token is valid, seconds, at most {@link JOIN_TOKEN_LIFETIME_S}. */
  readonly lifetimeS?: number;
}

/**
 * A single-use token with which one participant joins one meeting at exactly one meeting
 * controller, which checks it with the keys that it got with its last heartbeat.
 */
export async function issueJoinToken(
  keys: TokenKeys,
  grant: JoinGrant,
  nowMs: number = Date.now(),
): Promise<{ token: string; expiresAt: Date }> {
  const issuedAtS = Math.floor(nowMs / 1_000);
  const { kid, key } = await keys.signingKey("join");
  const expiresAtS = issuedAtS + (grant.lifetimeS ?? JOIN_TOKEN_LIFETIME_S);
  const token = await new SignJWT({
    meeting_id: grant.meetingId,
    role: grant.role,
    grants: grant.grants,
    name: grant.participantName,
    user_id: grant.userId,
    user_reference: grant.userReference,
    guest_id: grant.guestId,
    network: grant.network,
    knock: grant.mustKnock || undefined,
  })
    .setProtectedHeader({ alg: "EdDSA", typ: TOKEN_TYPE, kid })
    .setIssuer(TOKEN_ISSUER)
    .setAudience(grant.controllerId)
    .setSubject(grant.participantId)
    .setJti(grant.tokenId ?? crypto.randomUUID())
    .setIssuedAt(issuedAtS)
    .setExpirationTime(expiresAtS)
    .sign(key);
  return { token, expiresAt: new Date(expiresAtS * 1_000) };
}
