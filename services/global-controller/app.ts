import { createRoute, OpenAPIHono, z } from "@hono/zod-openapi";
import { HTTPException } from "hono/http-exception";
import { matchedRoutes } from "hono/route";
import { isDatabaseUnreachable } from "../../db/connection.ts";
import type { Logger } from "../runtime/log.ts";
import { addDocsRoutes } from "./docs/docs_routes.ts";
import { idempotency } from "./idempotency/idempotency.ts";
import type { IdempotencyStore } from "./idempotency/idempotency_store.ts";
import type { RateLimiter } from "./rate_limit/rate_limiter.ts";
import type { ApiApp, ApiEnvironment, RouteGroup } from "./rest/api_environment.ts";
import { API_DOCUMENT_PATH, type ApiDocument, describeApi } from "./rest/api_document.ts";
import { ApiError, invalidRequest, unavailable } from "./rest/api_error.ts";
import { type Authenticator, identifyAndLimitCaller } from "./rest/caller.ts";
import { crossOriginCalls } from "./rest/cors.ts";
import { errorAnswer } from "./rest/error_answer.ts";
import type { HealthCheck } from "./rest/health.ts";
import { KnownMethods } from "./rest/method_not_allowed.ts";
import { jsonContent } from "./rest/openapi.ts";
import { jsonBody } from "./rest/request_body.ts";

const HEALTH_PATH = "/api/v1/health";

/** What the REST API stands on. */
export interface AppOptions {
  readonly routes: readonly RouteGroup[];
  readonly authenticator: Authenticator;
  readonly limiter: RateLimiter;
  readonly health: HealthCheck;
  readonly idempotencyStore: IdempotencyStore;
  /** Shared by all global controllers, at least 32 characters. */
  readonly secret: string;
  /** Origin of the pages and of the API. */
  readonly publicUrl: string;
  /** Other origins whose pages may call the API. */
  readonly corsOrigins: readonly string[];
  readonly region: string;
  readonly log: Logger;
}

/** The REST API under `/api/v1`, with its description at `/api/v1/openapi.json`. */
export function createApp(options: AppOptions): ApiApp {
  const app = new OpenAPIHono<ApiEnvironment>({
    defaultHook: (result) => {
      if (result.success) return;
      const issues = result.error.issues.map(({ path, message }) => ({
        field: path.join("."),
        message,
      }));
      throw invalidRequest("a field is not valid", { issues });
    },
  });
  app.use(async (context, next) => {
    const requestId = crypto.randomUUID();
    context.set("requestId", requestId);
    await next();
    context.header("X-Request-Id", requestId);
    // Answers hold tokens and what changes from one moment to the next.
    if (!context.res.headers.has("cache-control")) context.header("Cache-Control", "no-store");
    context.header("X-Content-Type-Options", "nosniff");
  });
  app.use(crossOriginCalls(options.corsOrigins));
  addHealthRoute(app, options.health, options.region);
  app.use(identifyAndLimitCaller(options.authenticator, options.limiter));
  app.use(jsonBody);
  app.use(
    idempotency({ store: options.idempotencyStore, secret: options.secret, log: options.log }),
  );
  for (const addRoutes of options.routes) addRoutes(app);
  let document: ApiDocument | undefined;
  const readDocument = () => document ??= describeApi(app, options.publicUrl);
  let documentText: string | undefined;
  app.get(API_DOCUMENT_PATH, (context) => {
    documentText ??= JSON.stringify(readDocument());
    return context.body(documentText, 200, { "Content-Type": "application/json" });
  });
  addDocsRoutes(app, readDocument);
  const known = new KnownMethods(app);
  app.notFound((context) => {
    const allowed = known.of(context.req.path).join(", ");
    if (allowed === "") {
      return errorAnswer(context, new ApiError(404, "NOT_FOUND", "there is nothing at this path"));
    }
    if (context.req.method === "OPTIONS") return context.body(null, 204, { Allow: allowed });
    const { method } = context.req;
    const message = `${method} does nothing at this path`;
    const error = new ApiError(405, "METHOD_NOT_ALLOWED", message, { headers: { Allow: allowed } });
    return errorAnswer(context, error);
  });
  app.onError((cause, context) => {
    const error = toApiError(cause);
    // Without a cause it is a refusal that protects this process, and may come in floods.
    if (error.cause !== undefined && error.status >= 500) {
      const requestId = context.get("requestId");
      // The route's pattern: what stands in a path may be a secret, as in an invitation's.
      const path = matchedRoutes(context).at(-1)?.path;
      options.log[error.status === 503 ? "warn" : "error"]("request failed", {
        requestId,
        path,
        error: error.cause,
      });
    }
    return errorAnswer(context, error);
  });
  return app;
}

/** Answered before callers are counted: whoever watches this process must always get through. */
function addHealthRoute(
  app: ApiApp,
  health: HealthCheck,
  region: string,
): void {
  const Health = z.object({
    status: z.enum(["ok", "unavailable"]),
    region: z.string(),
    database: z.enum(["ok", "unavailable"]),
  }).openapi("Health");
  const route = createRoute({
    method: "get",
    path: HEALTH_PATH,
    summary: "Whether this global controller can do its work",
    responses: {
      200: { description: "It can", ...jsonContent(Health) },
      503: { description: "It cannot", ...jsonContent(Health) },
    },
  });
  app.openapi(route, async (context) => {
    const status = await health.databaseAnswers() ? "ok" as const : "unavailable" as const;
    return context.json({ status, region, database: status }, status === "ok" ? 200 : 503);
  });
}

/** What the caller may know of anything that was thrown. */
function toApiError(cause: unknown): ApiError {
  if (cause instanceof ApiError) return cause;
  if (cause instanceof HTTPException && cause.status < 500) {
    return invalidRequest("the request is malformed");
  }
  if (isDatabaseUnreachable(cause)) return unavailable("the database is away", cause);
  return new ApiError(500, "INTERNAL_ERROR", "something went wrong here", { cause });
}
