import type { MembershipRole } from "../../auth/scope.ts";

/** How long an invitation is good, days. */
export const INVITATION_LIFETIME_DAYS = 7;

/** What has become of an invitation. */
export const INVITATION_STATUSES = ["open", "accepted", "revoked", "expired"] as const;
export type InvitationStatus = typeof INVITATION_STATUSES[number];

/** A place in an organisation, kept for whoever has the link and shows that the address is theirs. */
export interface Invitation {
  readonly invitationId: string;
  readonly organisationId: string;
  readonly email: string;
  readonly role: MembershipRole;
  readonly status: InvitationStatus;
  readonly createdAt: Date;
  readonly expiresAt: Date;
}

/** An invitation that has just been made; the token is known this once. */
export interface NewInvitation {
  readonly invitation: Invitation;
  readonly token: string;
}

/** The link to send to whoever is invited; its secret stays out of requests and of their logs. */
export function invitationUrl(publicUrl: string, token: string): string {
  return `${publicUrl}/invitation#${token}`;
}
