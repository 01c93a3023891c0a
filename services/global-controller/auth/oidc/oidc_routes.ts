import { createRoute, z } from "@hono/zod-openapi";
import type { Context } from "hono";
import { getCookie, setCookie } from "hono/cookie";
import type { Logger } from "../../../runtime/log.ts";
import type { AuditLog } from "../../audit/audit_log.ts";
import { auditEntryOf } from "../../audit/request_audit.ts";
import { createSecretToken, SECRET_TOKEN } from "../../organisation/secret_token.ts";
import type { ApiApp, ApiEnvironment } from "../../rest/api_environment.ts";
import { ApiError, invalidRequest, notFound } from "../../rest/api_error.ts";
import { errorResponse } from "../../rest/openapi.ts";
import type { Login } from "../session/login.ts";
import { type FinishedSignIn, type OidcSignIn, SignInRefusal } from "./oidc_sign_in.ts";
import { SIGN_IN_MINUTES } from "./oidc_sign_in_store.ts";
import { MAX_RETURN_PATH_LENGTH, returnUrl } from "../return_path.ts";

/** Where sign-ins begin. */
export const OIDC_START_PATH = "/api/v1/auth/oidc/start";
/** Where the provider sends browsers back to; to be registered there. */
export const OIDC_CALLBACK_PATH = "/api/v1/auth/oidc/callback";
/** The page that shows why nobody is signed in (`?error=`, `?return_to=`). */
const SIGN_IN_PAGE = "/sign-in";
/** Ties a sign-in to its browser; behind the prefix `__Host-`. */
const BROWSER_COOKIE = "dt_oidc";
/** Longest answer of a provider that is looked at, characters. */
const MAX_QUERY_LENGTH = 8_192;

const tags = ["Signing in"];
const Location = z.object({ Location: z.string() });

const startRoute = createRoute({
  method: "get",
  path: OIDC_START_PATH,
  operationId: "startOidcSignIn",
  tags,
  summary: "Sign in at the operator's OpenID Connect provider: for browsers to navigate to",
  request: {
    query: z.object({
      return_to: z.string().max(MAX_RETURN_PATH_LENGTH).default("/").openapi({
        description: "Path of the page to show afterwards",
      }),
      invitation: z.string().regex(SECRET_TOKEN).optional().openapi({
        description: "What an invitation's link ends in, to accept it on the way",
      }),
    }),
  },
  responses: {
    303: { description: "To the provider, or to the page /sign-in?error=…", headers: Location },
    400: errorResponse("A return_to that is no path of our own pages"),
    401: errorResponse("Credentials that are not valid"),
    404: errorResponse("No provider is configured"),
    429: errorResponse("Too many requests"),
    503: errorResponse("The database is away"),
  },
});

const callbackRoute = createRoute({
  method: "get",
  path: OIDC_CALLBACK_PATH,
  operationId: "finishOidcSignIn",
  tags,
  summary: "Where the provider sends browsers back to",
  description: "Sets the cookie __Host-dt_refresh.",
  responses: {
    303: { description: "To where the person wanted, or to /sign-in?error=…", headers: Location },
    401: errorResponse("Credentials that are not valid"),
    404: errorResponse("No provider is configured"),
    429: errorResponse("Too many requests"),
    503: errorResponse("The database is away"),
  },
});

/** What the routes of OpenID Connect stand on. */
export interface OidcRouteOptions {
  /** Undefined: the operator has no provider. */
  readonly signIn: OidcSignIn | undefined;
  readonly login: Login;
  readonly audit: AuditLog;
  /** Origin of the pages. */
  readonly publicUrl: string;
  readonly log: Logger;
}

/** Adds `GET /api/v1/auth/oidc/start` and `…/callback`. */
export function addOidcRoutes(app: ApiApp, options: OidcRouteOptions): void {
  const { signIn, login, audit, publicUrl } = options;
  app.openapi(startRoute, async (context) => {
    if (signIn === undefined) throw noProvider();
    const { return_to, invitation } = context.req.valid("query");
    const returnTo = returnUrl(return_to, publicUrl);
    if (returnTo === undefined) throw invalidRequest("return_to is no path of these pages");
    try {
      const browser = browserSecret(context);
      const url = await signIn.begin({ returnTo, invitation, browser });
      return context.redirect(url.href, 303);
    } catch (error) {
      return refused(context, error, options);
    }
  });
  app.openapi(callbackRoute, async (context) => {
    if (signIn === undefined) throw noProvider();
    const query = new URL(context.req.url).search;
    try {
      if (query.length > MAX_QUERY_LENGTH) throw new SignInRefusal("refused_by_provider");
      const finished = await signIn.finish(query, readBrowserSecret(context));
      await tellJoined(context, audit, finished);
      await login.start(context, finished.userId, "oidc");
      return context.redirect(finished.returnTo, 303);
    } catch (error) {
      return await refusedCallback(context, error, options);
    }
  });
}

/** The browser's secret, new when it has none: several tabs may be signing in. */
function browserSecret(context: Context<ApiEnvironment>): string {
  const secret = readBrowserSecret(context) ?? createSecretToken();
  setCookie(context, BROWSER_COOKIE, secret, {
    prefix: "host",
    httpOnly: true,
    secure: true,
    // The provider's redirect has to bring it back.
    sameSite: "Lax",
    path: "/",
    maxAge: SIGN_IN_MINUTES * 60,
  });
  return secret;
}

function readBrowserSecret(context: Context<ApiEnvironment>): string | undefined {
  const secret = getCookie(context, BROWSER_COOKIE, "host");
  return secret !== undefined && SECRET_TOKEN.test(secret) ? secret : undefined;
}

async function tellJoined(
  context: Context<ApiEnvironment>,
  audit: AuditLog,
  { userId, joined }: FinishedSignIn,
): Promise<void> {
  if (joined === undefined) return;
  const { organisationId, role } = joined;
  await audit.record({
    ...auditEntryOf(context, {
      organisationId,
      action: "member.joined",
      target: `user:${userId}`,
      details: { role },
    }),
    actor: `user:${userId}`,
  });
}

async function refusedCallback(
  context: Context<ApiEnvironment>,
  error: unknown,
  options: OidcRouteOptions,
): Promise<Response> {
  const response = refused(context, error, options);
  // Of sign-ins that nobody began here nothing is told: anybody could fill the log with them.
  if (error instanceof SignInRefusal && error.returnTo === undefined) return response;
  await options.audit.record(auditEntryOf(context, {
    organisationId: null,
    action: "user.sign_in_failed",
    target: "oidc",
    details: { method: "oidc", reason: reasonOf(error) ?? "" },
  }));
  return response;
}

/** People see a page, not JSON. */
function refused(
  context: Context<ApiEnvironment>,
  error: unknown,
  { publicUrl, log }: OidcRouteOptions,
): Response {
  const reason = reasonOf(error);
  if (reason === undefined) throw error;
  log.info("sign-in refused", { requestId: context.get("requestId"), reason, error });
  const url = new URL(SIGN_IN_PAGE, publicUrl);
  url.searchParams.set("error", reason);
  if (error instanceof SignInRefusal && error.returnTo !== undefined) {
    const { pathname, search, hash } = new URL(error.returnTo);
    url.searchParams.set("return_to", pathname + search + hash);
  }
  return context.redirect(url.href, 303);
}

function reasonOf(error: unknown): string | undefined {
  if (error instanceof SignInRefusal) return error.reason;
  // Whoever is disabled, or in no organisation any more (login.ts).
  if (error instanceof ApiError && error.code === "FORBIDDEN") return "account_not_usable";
  return undefined;
}

function noProvider(): ApiError {
  return notFound("no OpenID Connect provider is configured");
}
