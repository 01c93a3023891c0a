import { createRoute } from "@hono/zod-openapi";
import type { AuditLog } from "../../audit/audit_log.ts";
import { auditEntryOf } from "../../audit/request_audit.ts";
import { hashSecretToken, SECRET_TOKEN } from "../../organisation/secret_token.ts";
import type { ApiApp } from "../../rest/api_environment.ts";
import { forbidden, invalidRequest, notFound } from "../../rest/api_error.ts";
import { errorResponse, jsonContent, OPEN_TO_GUESTS } from "../../rest/openapi.ts";
import type { AccountDirectory, NewMember } from "./account_directory.ts";
import { type Caller, requireUser } from "../caller.ts";
import type { Login } from "../session/login.ts";
import { AcceptInvitationRequest } from "../password/password_messages.ts";
import { sourceOf } from "../password/password_routes.ts";
import type { PasswordService } from "../password/password_service.ts";
import { requireSameOrigin } from "../same_origin.ts";
import { SignedInResponse } from "../session/session_messages.ts";

const acceptRoute = createRoute({
  method: "post",
  path: "/api/v1/auth/accept-invitation",
  operationId: "acceptInvitation",
  security: OPEN_TO_GUESTS,
  tags: ["Signing in"],
  summary: "Accept an invitation and sign in",
  description: "With a password: as a new person who gets it, or as the person whose account the " +
    "invited address has. Without: as the person whose access token is sent.",
  request: { body: { ...jsonContent(AcceptInvitationRequest), required: true } },
  responses: {
    200: { description: "A member, and signed in", ...jsonContent(SignedInResponse) },
    400: errorResponse("Malformed request, or too short a password"),
    401: errorResponse("Neither password nor access token, or the wrong password"),
    403: errorResponse("Another site's request, or somebody else's invitation"),
    404: errorResponse("No invitation that is open"),
    409: errorResponse("The invited address has an account without a password"),
    429: errorResponse("Too many requests, or too many wrong passwords"),
    503: errorResponse("Too many secrets to check, or the database is away"),
  },
});

/** What accepting an invitation stands on. */
export interface InvitationAcceptanceOptions {
  readonly accounts: AccountDirectory;
  /** Undefined: the operator allows none. */
  readonly passwords: PasswordService | undefined;
  readonly login: Login;
  readonly audit: AuditLog;
  /** Origin of the pages. */
  readonly publicUrl: string;
}

/** Adds `POST /api/v1/auth/accept-invitation`. */
export function addInvitationAcceptanceRoute(
  app: ApiApp,
  { accounts, passwords, login, audit, publicUrl }: InvitationAcceptanceOptions,
): void {
  app.use(acceptRoute.path, requireSameOrigin(publicUrl));
  app.openapi(acceptRoute, async (context) => {
    const { token, display_name, password } = context.req.valid("json");
    const tokenHash = SECRET_TOKEN.test(token) ? await hashSecretToken(token) : undefined;
    let accepted: NewMember | undefined;
    if (tokenHash !== undefined) {
      if (password === undefined) {
        accepted = await acceptAsCaller(accounts, tokenHash, context.get("caller"));
      } else {
        if (passwords === undefined) throw invalidRequest("passwords are not used here");
        accepted = await passwords.acceptInvitation(tokenHash, {
          displayName: display_name ?? "",
          password,
          source: sourceOf(context),
        });
      }
    }
    if (accepted === undefined) throw notFound("no such invitation, or it is good no more");
    const { account: { userId }, organisationId, role } = accepted;
    await audit.record({
      ...auditEntryOf(context, {
        organisationId,
        action: "member.joined",
        target: `user:${userId}`,
        details: { role },
      }),
      actor: `user:${userId}`,
    });
    return context.json(await login.start(context, userId, "invitation", organisationId), 200);
  });
}

/** An invitation is for whoever has the invited address. */
async function acceptAsCaller(
  accounts: AccountDirectory,
  tokenHash: Uint8Array,
  caller: Caller,
): Promise<NewMember | undefined> {
  const { userId } = requireUser(caller);
  const invitation = await accounts.findInvitation(tokenHash);
  if (invitation === undefined) return undefined;
  const account = await accounts.find(userId);
  if (account?.email.toLowerCase() !== invitation.email.toLowerCase()) {
    throw forbidden("the invitation is for another address");
  }
  return await accounts.acceptInvitation(tokenHash, { userId });
}
