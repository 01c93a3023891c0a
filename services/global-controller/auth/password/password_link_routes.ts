import { createRoute, z } from "@hono/zod-openapi";
import type { AuditLog } from "../../audit/audit_log.ts";
import { auditEntryOf } from "../../audit/request_audit.ts";
import { hashSecretToken, SECRET_TOKEN } from "../../organisation/secret_token.ts";
import type { ApiApp } from "../../rest/api_environment.ts";
import { notFound } from "../../rest/api_error.ts";
import { errorResponse, jsonContent, NO_CREDENTIALS } from "../../rest/openapi.ts";
import { isUuid } from "../../rest/uuid.ts";
import type { AccountDirectory } from "../account/account_directory.ts";
import { requireScope, requireUser } from "../caller.ts";
import type { Login } from "../session/login.ts";
import { passwordLinkUrl } from "./password_link.ts";
import type { PasswordLinkStore, PasswordReset } from "./password_link_store.ts";
import { PasswordLinkResponse, ResetPasswordRequest } from "./password_messages.ts";
import type { PasswordService } from "./password_service.ts";
import { requireSameOrigin } from "../same_origin.ts";
import { SignedInResponse } from "../session/session_messages.ts";

const createLink = createRoute({
  method: "post",
  path: "/api/v1/organisation/members/{user_id}/password-link",
  operationId: "createPasswordLink",
  summary: "Make a link by which a member who forgot the password chooses another",
  description:
    "For owners and admins; only owners make one for owners, and nobody for themselves. " +
    "Good for 24 hours, once, and shown this once; a link made before is good no more. No mail is " +
    "sent: pass the link on.",
  request: {
    params: z.object({
      user_id: z.string().openapi({ description: "The member's user id" }),
    }),
  },
  responses: {
    201: { description: "The link", ...jsonContent(PasswordLinkResponse) },
    400: errorResponse("Malformed request"),
    401: errorResponse("No person's access token"),
    403: errorResponse("A program, the scope is missing, only an owner may do it, or for oneself"),
    404: errorResponse("No such member, or the operator allows no passwords"),
    409: errorResponse("The person has no password, or is in other organisations too"),
    429: errorResponse("Too many requests"),
    503: errorResponse("The database is away"),
  },
});

const resetPassword = createRoute({
  method: "post",
  path: "/api/v1/auth/reset-password",
  operationId: "resetPassword",
  security: NO_CREDENTIALS,
  tags: ["Signing in"],
  summary: "Choose another password with a password link, and sign in",
  description: "Ends all login sessions of the person. Sets the cookie __Host-dt_refresh.",
  request: { body: { ...jsonContent(ResetPasswordRequest), required: true } },
  responses: {
    200: { description: "Changed, and signed in", ...jsonContent(SignedInResponse) },
    400: errorResponse("Malformed request, or too short a password"),
    401: errorResponse("Credentials that are not valid"),
    403: errorResponse("Another site's request, or somebody who is in no organisation"),
    404: errorResponse("No link that is good, or the operator allows no passwords"),
    429: errorResponse("Too many requests"),
    503: errorResponse("Too many secrets to hash, or the database is away"),
  },
});

/** What the routes of password links stand on. */
export interface PasswordLinkRouteOptions {
  readonly links: PasswordLinkStore;
  readonly passwords: PasswordService;
  readonly accounts: AccountDirectory;
  readonly login: Login;
  readonly audit: AuditLog;
  /** Origin of the pages. */
  readonly publicUrl: string;
}

/** Adds the routes by which somebody who forgot the password chooses another. */
export function addPasswordLinkRoutes(app: ApiApp, options: PasswordLinkRouteOptions): void {
  const { links, passwords, accounts, login, audit, publicUrl } = options;
  app.use(resetPassword.path, requireSameOrigin(publicUrl));
  app.openapi(createLink, async (context) => {
    // A program could make itself anybody by it.
    const { userId: actorId } = requireUser(context.get("caller"));
    const { organisationId } = requireScope(context.get("caller"), "organisation:write");
    const { user_id } = context.req.valid("param");
    if (!isUuid(user_id)) throw notFound("no such member");
    const userId = user_id.toLowerCase();
    const { token, expiresAt } = await links.create({ organisationId, userId, actorId });
    await audit.record(auditEntryOf(context, {
      organisationId,
      action: "password_link.created",
      target: `user:${userId}`,
    }));
    return context.json({
      url: passwordLinkUrl(publicUrl, token),
      expires_at: expiresAt.toISOString(),
    }, 201);
  });
  app.openapi(resetPassword, async (context) => {
    const { token, password } = context.req.valid("json");
    const reset = await resetBy(token, password);
    if (reset === undefined) throw notFound("no such link, or it is good no more");
    const { userId } = reset;
    const [organisation] = await accounts.membershipsOf(userId);
    await audit.record({
      ...auditEntryOf(context, {
        organisationId: reset.organisationId ?? organisation?.organisationId ?? null,
        action: "user.password_changed",
        target: `user:${userId}`,
        details: { method: "password_link" },
      }),
      actor: `user:${userId}`,
    });
    return context.json(await login.start(context, userId, "password_link"), 200);
  });

  /** Hashes nothing for a link that is not good: guesses would keep others from signing in. */
  async function resetBy(token: string, password: string): Promise<PasswordReset | undefined> {
    if (!SECRET_TOKEN.test(token)) return undefined;
    const tokenHash = await hashSecretToken(token);
    if (!await links.isGood(tokenHash)) return undefined;
    return await links.use(tokenHash, await passwords.hash(password));
  }
}

/** Answers `NOT_FOUND` at the paths of password links where the operator allows no passwords. */
export function refusePasswordLinks(app: ApiApp): void {
  for (const { path } of [createLink, resetPassword]) {
    app.all(path.replaceAll(/\{(\w+)\}/g, ":$1"), () => {
      throw notFound("passwords are not used here");
    });
  }
}
