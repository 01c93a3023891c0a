import { setTimeout as delay } from "node:timers/promises";
import { createRoute } from "@hono/zod-openapi";
import type { Context } from "hono";
import type { AuditLog } from "../../audit/audit_log.ts";
import { auditEntryOf } from "../../audit/request_audit.ts";
import { addressGroup } from "../../rate_limit/client_address.ts";
import type { ApiApp, ApiEnvironment } from "../../rest/api_environment.ts";
import { ApiError, notFound, unauthorized } from "../../rest/api_error.ts";
import { errorResponse, jsonContent, NO_CREDENTIALS } from "../../rest/openapi.ts";
import type { AccountDirectory } from "../account/account_directory.ts";
import { requireUser } from "../caller.ts";
import type { Login } from "../session/login.ts";
import { ChangePasswordRequest, PasswordSignInRequest } from "./password_messages.ts";
import type { PasswordService } from "./password_service.ts";
import { requireSameOrigin } from "../same_origin.ts";
import { SignedInResponse } from "../session/session_messages.ts";
import { refusalDelayMs } from "../steady_refusal.ts";

const tags = ["Signing in"];
const PATH = "/api/v1/auth/password";

const signInRoute = createRoute({
  method: "post",
  path: PATH,
  operationId: "signInWithPassword",
  security: NO_CREDENTIALS,
  tags,
  summary: "Sign in with address and password",
  description: "Sets the cookie __Host-dt_refresh. There where the operator allows passwords.",
  request: { body: { ...jsonContent(PasswordSignInRequest), required: true } },
  responses: {
    200: { description: "Signed in", ...jsonContent(SignedInResponse) },
    400: errorResponse("Malformed request"),
    401: errorResponse("Unknown address or wrong password"),
    403: errorResponse("Another site's request, a disabled account, or one in no organisation"),
    429: errorResponse("Too many requests, or too many wrong passwords"),
    503: errorResponse("Too many secrets to check, or the database is away"),
  },
});

const changeRoute = createRoute({
  method: "put",
  path: PATH,
  operationId: "changePassword",
  tags,
  summary: "Change the caller's password",
  description: "Ends the caller's login sessions in all other browsers.",
  request: { body: { ...jsonContent(ChangePasswordRequest), required: true } },
  responses: {
    204: { description: "Changed" },
    400: errorResponse("Malformed request, or too short a password"),
    401: errorResponse("No person's access token, or the current password is wrong"),
    403: errorResponse("A program's credentials"),
    409: errorResponse("The account has no password"),
    429: errorResponse("Too many requests, or too many wrong passwords"),
    503: errorResponse("Too many secrets to check, or the database is away"),
  },
});

/** What the routes of passwords stand on. */
export interface PasswordRouteOptions {
  readonly passwords: PasswordService;
  readonly accounts: AccountDirectory;
  readonly login: Login;
  readonly audit: AuditLog;
  /** Origin of the pages. */
  readonly publicUrl: string;
}

/** Adds `POST` and `PUT /api/v1/auth/password`. */
export function addPasswordRoutes(app: ApiApp, options: PasswordRouteOptions): void {
  const { passwords, accounts, login, audit, publicUrl } = options;
  app.use(PATH, requireSameOrigin(publicUrl));
  app.openapi(signInRoute, async (context) => {
    const { email, password } = context.req.valid("json");
    const startedMs = performance.now();
    try {
      const { userId } = await passwords.verify(email, password, sourceOf(context));
      return context.json(await login.start(context, userId, "password"), 200);
    } catch (error) {
      if (error instanceof ApiError && (error.status === 401 || error.status === 403)) {
        await tellFailure(context, { accounts, audit }, email, error);
        await delay(refusalDelayMs(performance.now() - startedMs));
      }
      throw error;
    }
  });
  app.openapi(changeRoute, async (context) => {
    const caller = requireUser(context.get("caller"));
    const { current_password, new_password } = context.req.valid("json");
    const account = await accounts.find(caller.userId);
    if (account === undefined) throw unauthorized("the account is gone");
    await passwords.change(account, {
      current: current_password,
      next: new_password,
      source: sourceOf(context),
      sessionId: caller.sessionId,
    });
    await audit.record(auditEntryOf(context, {
      organisationId: caller.organisationId,
      action: "user.password_changed",
      target: `user:${caller.userId}`,
    }));
    return context.body(null, 204);
  });
}

/** Answers `NOT_FOUND` at the paths of passwords where the operator allows none. */
export function refusePasswords(app: ApiApp): void {
  app.all(PATH, () => {
    throw notFound("passwords are not used here");
  });
}

/** Where tries to sign in are counted. */
export function sourceOf(context: Context<ApiEnvironment>): string {
  return addressGroup(context.env.clientAddress);
}

/** For the people of the account's organisation; of addresses without an account nothing is told. */
async function tellFailure(
  context: Context<ApiEnvironment>,
  { accounts, audit }: Pick<PasswordRouteOptions, "accounts" | "audit">,
  email: string,
  { code, status }: ApiError,
): Promise<void> {
  const account = await accounts.findByEmail(email);
  if (account === undefined) return;
  const [organisation] = await accounts.membershipsOf(account.userId);
  await audit.record(auditEntryOf(context, {
    organisationId: organisation?.organisationId ?? null,
    action: "user.sign_in_failed",
    target: `user:${account.userId}`,
    details: { method: "password", reason: status === 401 ? "wrong password" : code },
  }));
}
