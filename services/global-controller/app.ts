import { createRoute, OpenAPIHono, z } from "@hono/zod-openapi";
import { HTTPException } from "hono/http-exception";
import { isDatabaseUnreachable } from "../../db/connection.ts";
import type { Logger } from "../runtime/log.ts";
import type { RateLimiter } from "./rate_limit/rate_limiter.ts";
import type { ApiApp, ApiEnvironment, RouteGroup } from "./rest/api_environment.ts";
import { ApiError, invalidRequest, unavailable } from "./rest/api_error.ts";
import { type Authenticator, identifyAndLimitCaller } from "./rest/caller.ts";
import type { HealthCheck } from "./rest/health.ts";
import { jsonContent } from "./rest/openapi.ts";
import { jsonBody } from "./rest/request_body.ts";

const HEALTH_PATH = "/api/v1/health";

/** What the REST API stands on. */
export interface AppOptions {
  readonly routes: readonly RouteGroup[];
  readonly authenticator: Authenticator;
  readonly limiter: RateLimiter;
  readonly health: HealthCheck;
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
    context.header("Cache-Control", "no-store");
    context.header("X-Content-Type-Options", "nosniff");
  });
  addHealthRoute(app, options.health, options.region);
  app.use(identifyAndLimitCaller(options.authenticator, options.limiter));
  app.use(jsonBody);
  for (const addRoutes of options.routes) addRoutes(app);
  app.doc31("/api/v1/openapi.json", {
    openapi: "3.1.0",
    info: { title: "Dark Tower", version: "1" },
  });
  app.notFound((context) => {
    const error = new ApiError(404, "NOT_FOUND", "there is nothing at this path");
    return context.json(error.envelope, error.status);
  });
  app.onError((cause, context) => {
    const error = toApiError(cause);
    // Without a cause it is a refusal that protects this process, and may come in floods.
    if (error.cause !== undefined && error.status >= 500) {
      const requestId = context.get("requestId");
      const path = context.req.path;
      options.log[error.status === 503 ? "warn" : "error"]("request failed", {
        requestId,
        path,
        error: error.cause,
      });
    }
    for (const [name, value] of Object.entries(error.headers)) context.header(name, value);
    return context.json(error.envelope, error.status);
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
