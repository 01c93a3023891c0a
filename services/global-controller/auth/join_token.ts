import { SignJWT } from "jose";
import { type SigningKeys, TOKEN_ISSUER } from "./signing_keys.ts";

/** How long a join token is valid, seconds. */
export const JOIN_TOKEN_LIFETIME_S = 300;
const TOKEN_TYPE = "dt-join+jwt";

export type MeetingRole = "host" | "participant";

/** Who may join what, and where. */
export interface JoinGrant {
  readonly controllerId: string;
  readonly meetingId: string;
  readonly participantId: string;
  readonly role: MeetingRole;
}

/**
 * A single-use token with which one participant joins one meeting at exactly one meeting
 * controller, which checks it with the keys that it got when it registered.
 */
export async function issueJoinToken(
  keys: SigningKeys,
  grant: JoinGrant,
  nowMs: number = Date.now(),
): Promise<{ token: string; expiresAt: Date }> {
  const issuedAtS = Math.floor(nowMs / 1_000);
  const expiresAtS = issuedAtS + JOIN_TOKEN_LIFETIME_S;
  const token = await new SignJWT({ meeting_id: grant.meetingId, role: grant.role })
    .setProtectedHeader({ alg: "EdDSA", typ: TOKEN_TYPE, kid: keys.join.kid })
    .setIssuer(TOKEN_ISSUER)
    .setAudience(grant.controllerId)
    .setSubject(grant.participantId)
    .setJti(crypto.randomUUID())
    .setIssuedAt(issuedAtS)
    .setExpirationTime(expiresAtS)
    .sign(keys.join.key);
  return { token, expiresAt: new Date(expiresAtS * 1_000) };
}
