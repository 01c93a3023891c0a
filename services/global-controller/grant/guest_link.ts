import type { DefaultGrant } from "../meeting/meeting.ts";

/** A link that admits people without an account to one meeting. */
export interface GuestLink {
  readonly linkId: string;
  readonly meetingId: string;
  /** By which people tell links apart; empty when it has none. */
  readonly label: string;
  readonly grants: readonly DefaultGrant[];
  /** How often somebody may join by it; null: as often as they like. */
  readonly maxUses: number | null;
  readonly uses: number;
  readonly createdAt: Date;
  /** Null: with the meeting. */
  readonly expiresAt: Date | null;
  readonly revokedAt: Date | null;
}

/** A link that is about to be made. */
export type NewGuestLink =
  & Pick<GuestLink, "meetingId" | "label" | "grants" | "maxUses" | "expiresAt">
  & {
    /** SHA-256 of the secret, which is not kept. */
    readonly secretHash: Uint8Array;
  };

/** Random bits in the secret of a link. */
const SECRET_BYTES = 32;
/** Length of a secret as text, base64url without padding. */
export const GUEST_SECRET_LENGTH = 43;

/** A new secret as it stands in the link. */
export function createGuestSecret(): string {
  return crypto.getRandomValues(new Uint8Array(SECRET_BYTES))
    .toBase64({ alphabet: "base64url", omitPadding: true });
}

/** By what a secret is found: 256 random bits need no salt and no slow hash. */
export async function hashGuestSecret(secret: string): Promise<Uint8Array> {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(secret)));
}

/**
 * What the guest opens. The secret is in the fragment, which browsers send to no server, so that it
 * is in nobody's logs.
 */
export function guestLinkUrl(meetingUrl: string, secret: string): string {
  return `${meetingUrl}#guest=${secret}`;
}
