import { createRoute, z } from "@hono/zod-openapi";
import type { AuditLog } from "../../audit/audit_log.ts";
import { auditEntryOf } from "../../audit/request_audit.ts";
import type { ApiApp } from "../../rest/api_environment.ts";
import { notFound } from "../../rest/api_error.ts";
import { pageQuery, parsePage } from "../../rest/cursor.ts";
import { errorResponse, jsonContent, LOGIN_COOKIE, NO_CREDENTIALS } from "../../rest/openapi.ts";
import { isUuid } from "../../rest/uuid.ts";
import { requireUser } from "../caller.ts";
import type { Login } from "./login.ts";
import type { LoginSessionStore } from "./login_session_store.ts";
import { requireSameOrigin } from "../same_origin.ts";
import {
  LoginSessionListResponse,
  RefreshRequest,
  SignedInResponse,
  SignInMethodsResponse,
  writeLoginSession,
} from "./session_messages.ts";

const tags = ["Signing in"];
const forPeople = {
  400: errorResponse("Malformed request"),
  401: errorResponse("No person's access token"),
  403: errorResponse("A program's credentials"),
  429: errorResponse("Too many requests"),
  503: errorResponse("The database is away"),
};

const methodsRoute = createRoute({
  method: "get",
  path: "/api/v1/auth/methods",
  operationId: "listSignInMethods",
  security: NO_CREDENTIALS,
  tags,
  summary: "Which ways to sign in there are",
  responses: {
    200: { description: "The ways", ...jsonContent(SignInMethodsResponse) },
    401: errorResponse("Credentials that are not valid"),
    429: errorResponse("Too many requests"),
  },
});

const refreshRoute = createRoute({
  method: "post",
  path: "/api/v1/auth/refresh",
  operationId: "refreshSession",
  security: LOGIN_COOKIE,
  tags,
  summary: "Get an access token for whoever is signed in in this browser",
  description: "Reads the cookie __Host-dt_refresh and replaces it.",
  request: { body: jsonContent(RefreshRequest) },
  responses: {
    200: { description: "An access token for five minutes", ...jsonContent(SignedInResponse) },
    400: errorResponse("Malformed request"),
    401: errorResponse("Nobody is signed in"),
    403: errorResponse("Another site's request, or somebody who is in no organisation"),
    404: errorResponse("An organisation that the person is not in"),
    429: errorResponse("Too many requests"),
    503: errorResponse("The database is away"),
  },
});

const signOutRoute = createRoute({
  method: "post",
  path: "/api/v1/auth/sign-out",
  operationId: "signOut",
  security: LOGIN_COOKIE,
  tags,
  summary: "End this browser's login session",
  responses: {
    204: { description: "Nobody is signed in here any more" },
    400: errorResponse("Malformed request"),
    401: errorResponse("Credentials that are not valid"),
    403: errorResponse("Another site's request"),
    429: errorResponse("Too many requests"),
    503: errorResponse("The database is away"),
  },
});

const listRoute = createRoute({
  method: "get",
  path: "/api/v1/auth/sessions",
  operationId: "listSessions",
  tags,
  summary: "List the browsers in which the caller is signed in, the newest first",
  request: { query: z.object(pageQuery) },
  responses: {
    200: { description: "Login sessions", ...jsonContent(LoginSessionListResponse) },
    ...forPeople,
  },
});

const revokeRoute = createRoute({
  method: "delete",
  path: "/api/v1/auth/sessions/{session_id}",
  operationId: "revokeSession",
  tags,
  summary: "Sign the caller out in another browser",
  description: "Access tokens of the session stop working within five seconds.",
  request: { params: z.object({ session_id: z.string() }) },
  responses: {
    204: { description: "The session has ended" },
    ...forPeople,
    404: errorResponse("No such session of the caller's"),
  },
});

/** What the routes of login sessions stand on. */
export interface SessionRouteOptions {
  readonly login: Login;
  readonly sessions: LoginSessionStore;
  readonly audit: AuditLog;
  readonly methods: z.infer<typeof SignInMethodsResponse>;
  /** Origin of the pages. */
  readonly publicUrl: string;
}

/** Adds the routes of login sessions. */
export function addSessionRoutes(app: ApiApp, options: SessionRouteOptions): void {
  const { login, sessions, audit, methods, publicUrl } = options;
  for (const { path } of [refreshRoute, signOutRoute]) app.use(path, requireSameOrigin(publicUrl));
  app.openapi(methodsRoute, (context) => context.json(methods, 200));
  app.openapi(refreshRoute, async (context) => {
    const { organisation_id } = context.req.valid("json");
    return context.json(await login.refresh(context, organisation_id), 200);
  });
  app.openapi(signOutRoute, async (context) => {
    await login.end(context);
    return context.body(null, 204);
  });
  app.openapi(listRoute, async (context) => {
    const { userId, sessionId } = requireUser(context.get("caller"));
    const page = parsePage(context.req.valid("query"));
    const { items, nextCursor } = await sessions.list(userId, page);
    return context.json({
      sessions: items.map((session) => writeLoginSession(session, sessionId)),
      next_cursor: nextCursor,
    }, 200);
  });
  app.openapi(revokeRoute, async (context) => {
    const { userId, organisationId } = requireUser(context.get("caller"));
    const { session_id } = context.req.valid("param");
    if (!isUuid(session_id) || !await sessions.revoke(userId, session_id)) {
      throw notFound("no such session");
    }
    await audit.record(auditEntryOf(context, {
      organisationId,
      action: "session.revoked",
      target: `session:${session_id.toLowerCase()}`,
    }));
    return context.body(null, 204);
  });
}
