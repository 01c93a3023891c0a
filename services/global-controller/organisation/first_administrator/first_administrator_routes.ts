import { createRoute } from "@hono/zod-openapi";
import type { Context } from "hono";
import type { AuditLog } from "../../audit/audit_log.ts";
import { auditEntryOf } from "../../audit/request_audit.ts";
import { requireSameOrigin } from "../../auth/same_origin.ts";
import { type SignedIn, SignedInResponse } from "../../auth/session/session_messages.ts";
import type { ApiApp, ApiEnvironment } from "../../rest/api_environment.ts";
import { errorResponse, jsonContent } from "../../rest/openapi.ts";
import type { FirstAdministrator } from "./first_administrator.ts";
import { SetupRequest, SetupResponse } from "./first_administrator_messages.ts";

const tags = ["Setup"];

const getSetup = createRoute({
  method: "get",
  path: "/api/v1/setup",
  tags,
  summary: "Whether this deployment still waits for its first administrator",
  responses: {
    200: { description: "Whether it does", ...jsonContent(SetupResponse) },
    429: errorResponse("Too many requests"),
    503: errorResponse("The database is away"),
  },
});

const setUp = createRoute({
  method: "post",
  path: "/api/v1/setup",
  operationId: "setUp",
  tags,
  summary: "Become the first administrator, with the link from the service's log, and sign in",
  request: { body: { ...jsonContent(SetupRequest), required: true } },
  responses: {
    201: { description: "An owner, and signed in", ...jsonContent(SignedInResponse) },
    400: errorResponse("Malformed request, or too short a password"),
    403: errorResponse("Another deployment's link, or another site's request"),
    409: errorResponse("This deployment is set up already"),
    429: errorResponse("Too many requests"),
    503: errorResponse("Too many secrets to hash, or the database is away"),
  },
});

/** Adds `/api/v1/setup`. */
export function addFirstAdministratorRoutes(app: ApiApp, options: {
  firstAdministrator: FirstAdministrator;
  /** Signs the person in: sets the refresh cookie and gives an access token. */
  startSession: (context: Context<ApiEnvironment>, userId: string) => Promise<SignedIn>;
  audit: AuditLog;
  /** Origin of the pages. */
  publicUrl: string;
}): void {
  const { firstAdministrator, startSession, audit, publicUrl } = options;
  app.use(setUp.path, requireSameOrigin(publicUrl));
  app.openapi(getSetup, async (context) => {
    return context.json({ needed: await firstAdministrator.needed() }, 200);
  });
  app.openapi(setUp, async (context) => {
    const { token, organisation_name, email, display_name, password } = context.req.valid("json");
    const { userId, organisationId } = await firstAdministrator.setUp({
      token,
      organisationName: organisation_name,
      email,
      displayName: display_name,
      password,
    });
    await audit.record({
      ...auditEntryOf(context, {
        organisationId,
        action: "member.joined",
        target: `user:${userId}`,
        details: { role: "owner", first_administrator: true },
      }),
      actor: `user:${userId}`,
    });
    return context.json(await startSession(context, userId), 201);
  });
}
