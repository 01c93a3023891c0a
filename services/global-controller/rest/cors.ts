import { cors } from "hono/cors";
import type { MiddlewareHandler } from "hono";
import type { ApiEnvironment } from "./api_environment.ts";

/** How long a browser may remember what it was allowed, seconds. */
const PREFLIGHT_LIFETIME_S = 600;

/**
 * Lets pages of these origins call the API, with the credentials that they put into `Authorization`
 * themselves: the browser's cookies never come along (Fetch, 3.3). Without origins nothing is said,
 * and browsers refuse.
 */
export function crossOriginCalls(origins: readonly string[]): MiddlewareHandler<ApiEnvironment> {
  if (origins.length === 0) return async (_context, next) => await next();
  const answer = cors({
    origin: [...origins],
    credentials: false,
    allowMethods: ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"],
    allowHeaders: ["Authorization", "Content-Type", "Idempotency-Key", "If-Match"],
    exposeHeaders: [
      "ETag",
      "Idempotency-Replayed",
      "Location",
      "Retry-After",
      "X-RateLimit-Limit",
      "X-RateLimit-Remaining",
      "X-RateLimit-Reset",
      "X-Request-Id",
    ],
    maxAge: PREFLIGHT_LIFETIME_S,
  });
  return async (context, next) => {
    const isPlainOptions = context.req.method === "OPTIONS" &&
      context.req.header("access-control-request-method") === undefined;
    return isPlainOptions ? await next() : await answer(context, next);
  };
}
