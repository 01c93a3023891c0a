import { z } from "@hono/zod-openapi";
import { nextCursor } from "../../rest/cursor.ts";
import type { Account, AccountMembership } from "../account/account_directory.ts";
import type { LoginSession } from "./login_session_store.ts";
import { MEMBERSHIP_ROLES } from "../scope.ts";

const OrganisationOfUser = z.object({
  organisation_id: z.uuid(),
  slug: z.string(),
  name: z.string(),
  role: z.enum(MEMBERSHIP_ROLES),
}).openapi("OrganisationOfUser");

/** A person's access token, and who that is. */
export const SignedInResponse = z.object({
  access_token: z.string(),
  token_type: z.literal("Bearer"),
  expires_in: z.number().int().openapi({ description: "Seconds" }),
  user: z.object({
    user_id: z.uuid(),
    email: z.string(),
    display_name: z.string(),
    locale: z.string(),
    time_zone: z.string(),
  }),
  organisation: OrganisationOfUser.openapi({ description: "Which one the token is for" }),
  organisations: z.array(OrganisationOfUser).openapi({ description: "All that the person is in" }),
}).openapi("SignedIn");

/** The JSON shape of {@link SignedInResponse}. */
export type SignedIn = z.infer<typeof SignedInResponse>;

export const RefreshRequest = z.object({
  organisation_id: z.uuid().optional().openapi({
    description: "Which organisation the token is for; the one joined first by default",
  }),
}).openapi("RefreshRequest");

export const LoginSessionResponse = z.object({
  session_id: z.uuid(),
  created_at: z.string(),
  last_used_at: z.string(),
  expires_at: z.string(),
  user_agent: z.string(),
  current: z.boolean().openapi({ description: "Whether it is the one that asks" }),
}).openapi("LoginSession");

export const LoginSessionListResponse = z.object({
  sessions: z.array(LoginSessionResponse),
  next_cursor: nextCursor,
}).openapi("LoginSessionList");

/** Which ways to sign in there are. */
export const SignInMethodsResponse = z.object({
  password: z.boolean(),
  oidc: z.object({
    name: z.string(),
    start_path: z.string(),
  }).nullable().openapi({ description: "The operator's OpenID Connect provider, if any" }),
}).openapi("SignInMethods");

/** Who signed in, as JSON. */
export function writeSignedIn(
  { account, organisation, organisations, accessToken, expiresInS }: {
    account: Account;
    organisation: AccountMembership;
    organisations: readonly AccountMembership[];
    accessToken: string;
    expiresInS: number;
  },
): SignedIn {
  return {
    access_token: accessToken,
    token_type: "Bearer",
    expires_in: expiresInS,
    user: {
      user_id: account.userId,
      email: account.email,
      display_name: account.displayName,
      locale: account.locale,
      time_zone: account.timeZone,
    },
    organisation: writeOrganisation(organisation),
    organisations: organisations.map(writeOrganisation),
  };
}

/** A login session as its owner sees it. */
export function writeLoginSession(session: LoginSession, currentSessionId: string) {
  return {
    session_id: session.sessionId,
    created_at: session.createdAt.toISOString(),
    last_used_at: session.usedAt.toISOString(),
    expires_at: session.expiresAt.toISOString(),
    user_agent: session.userAgent,
    current: session.sessionId === currentSessionId,
  };
}

function writeOrganisation({ organisationId, slug, name, role }: AccountMembership) {
  return { organisation_id: organisationId, slug, name, role };
}
