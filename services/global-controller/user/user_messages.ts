import { z } from "@hono/zod-openapi";
import { MEMBERSHIP_ROLES } from "../auth/scope.ts";
import { nextCursor } from "../rest/cursor.ts";
import { text } from "../rest/text.ts";
import { canonicalLocale, canonicalTimeZone } from "./preferences.ts";
import { MAX_DISPLAY_NAME_LENGTH, type User, type UserMembership } from "./user.ts";

/** As the columns of `users` allow. */
const MAX_LOCALE_LENGTH = 35;
const MAX_TIME_ZONE_LENGTH = 64;

/** Text that `canonical` knows, in the form that it gives. */
function known(max: number, canonical: (text: string) => string | undefined, what: string) {
  return text(max)
    .refine((value) => (canonical(value)?.length ?? max + 1) <= max, `is no ${what}`)
    .transform((value) => canonical(value) ?? "");
}

export const UpdateUserRequest = z.object({
  display_name: text(MAX_DISPLAY_NAME_LENGTH).trim().optional(),
  locale: known(MAX_LOCALE_LENGTH, canonicalLocale, "language tag").optional().openapi({
    type: "string",
    description: "BCP 47; empty: the browser's",
    example: "pt-BR",
  }),
  time_zone: known(MAX_TIME_ZONE_LENGTH, canonicalTimeZone, "time zone").optional().openapi({
    type: "string",
    description: "IANA; empty: the browser's",
    example: "Europe/Berlin",
  }),
}).openapi("UpdateUserRequest");

export const UserResponse = z.object({
  user_id: z.uuid(),
  email: z.string(),
  display_name: z.string(),
  locale: z.string(),
  time_zone: z.string(),
  created_at: z.string(),
}).openapi("User");

export const MembershipListResponse = z.object({
  memberships: z.array(z.object({
    organisation_id: z.uuid(),
    slug: z.string(),
    name: z.string(),
    role: z.enum(MEMBERSHIP_ROLES),
    joined_at: z.string(),
  })),
  next_cursor: nextCursor,
}).openapi("MembershipList");

/** People as they see themselves. */
export function writeUser(user: User) {
  return {
    user_id: user.userId,
    email: user.email,
    display_name: user.displayName,
    locale: user.locale,
    time_zone: user.timeZone,
    created_at: user.createdAt.toISOString(),
  };
}

/** An organisation as one of its people sees it in a list. */
export function writeUserMembership(membership: UserMembership) {
  return {
    organisation_id: membership.organisationId,
    slug: membership.slug,
    name: membership.name,
    role: membership.role,
    joined_at: membership.joinedAt.toISOString(),
  };
}
