import { z } from "@hono/zod-openapi";
import { MEMBERSHIP_ROLES } from "../../auth/scope.ts";
import { nextCursor } from "../../rest/cursor.ts";
import type { Member } from "./member.ts";

/** What somebody is, or is to be, in an organisation. */
export const membershipRole = z.enum(MEMBERSHIP_ROLES);

export const UpdateMemberRequest = z.object({ role: membershipRole }).openapi(
  "UpdateMemberRequest",
);

export const MemberResponse = z.object({
  user_id: z.uuid(),
  email: z.string(),
  display_name: z.string(),
  role: membershipRole,
  disabled: z.boolean().openapi({ description: "The operator lets this person sign in no more" }),
  joined_at: z.string(),
}).openapi("Member");

export const MemberListResponse = z.object({
  members: z.array(MemberResponse),
  next_cursor: nextCursor,
}).openapi("MemberList");

/** A member as the organisation's people see it. */
export function writeMember(member: Member) {
  return {
    user_id: member.userId,
    email: member.email,
    display_name: member.displayName,
    role: member.role,
    disabled: member.disabled,
    joined_at: member.joinedAt.toISOString(),
  };
}
