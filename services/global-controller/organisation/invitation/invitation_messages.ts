import { z } from "@hono/zod-openapi";
import { nextCursor } from "../../rest/cursor.ts";
import { type Invitation, INVITATION_STATUSES } from "./invitation.ts";
import { membershipRole } from "../member/member_messages.ts";

/** Longest address (RFC 5321, 4.5.3.1). */
export const MAX_EMAIL_LENGTH = 254;

/** An address as it is written; two that differ in case alone are the same person's. */
export const email = z.email().max(MAX_EMAIL_LENGTH);

export const CreateInvitationRequest = z.object({
  email,
  role: membershipRole,
}).openapi("CreateInvitationRequest");

export const InvitationResponse = z.object({
  invitation_id: z.uuid(),
  email: z.string(),
  role: membershipRole,
  status: z.enum(INVITATION_STATUSES),
  created_at: z.string(),
  expires_at: z.string(),
}).openapi("Invitation");

export const NewInvitationResponse = InvitationResponse.extend({
  url: z.string().openapi({
    description: "The link for whoever is invited, shown this once. No mail is sent: pass it on.",
  }),
}).openapi("NewInvitation");

export const InvitationListResponse = z.object({
  invitations: z.array(InvitationResponse),
  next_cursor: nextCursor,
}).openapi("InvitationList");

export const ShownInvitationResponse = z.object({
  organisation_name: z.string(),
  email: z.string(),
  role: membershipRole,
  status: z.enum(INVITATION_STATUSES).openapi({ description: "Only an open one can be accepted" }),
  expires_at: z.string(),
}).openapi("ShownInvitation");

/** An invitation as the organisation's people see it. */
export function writeInvitation(invitation: Invitation) {
  return {
    invitation_id: invitation.invitationId,
    email: invitation.email,
    role: invitation.role,
    status: invitation.status,
    created_at: invitation.createdAt.toISOString(),
    expires_at: invitation.expiresAt.toISOString(),
  };
}

/** An invitation as whoever has its link sees it. */
export function writeShownInvitation(invitation: Invitation & { organisationName: string }) {
  return {
    organisation_name: invitation.organisationName,
    email: invitation.email,
    role: invitation.role,
    status: invitation.status,
    expires_at: invitation.expiresAt.toISOString(),
  };
}
