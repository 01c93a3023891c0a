import { getCookie, setCookie } from "hono/cookie";
import { createMiddleware } from "hono/factory";
import { withFreshReads } from "../../../db/read_routing.ts";
import type { ApiEnvironment } from "./api_environment.ts";

/**
 * How long whoever wrote reads from the primary, seconds: longer than a replica that is read may be
 * behind, with the time that the look at it holds.
 */
export const READ_YOUR_WRITES_S = 5;
/** Says nothing of who sends it. */
export const WROTE_COOKIE = "__Host-dt_wrote";

/**
 * Lets callers find in lists what they have just written, while lists come from a replica: a write
 * leaves a cookie of a few seconds, and a request that carries it reads from the primary, as does one
 * with `Cache-Control: no-cache` (RFC 9111, 5.2.1.4), for programs that keep no cookies. Nothing is
 * kept here, so any global controller may get the next request.
 */
export const readYourWrites = createMiddleware<ApiEnvironment>(async (context, next) => {
  const { method } = context.req;
  const writes = method !== "GET" && method !== "HEAD" && method !== "OPTIONS";
  const wrote = getCookie(context, WROTE_COOKIE) !== undefined;
  const cacheControl = context.req.header("cache-control") ?? "";
  const wantsFresh = /(^|,)\s*no-cache\s*(,|$)/i.test(cacheControl);
  if (!writes && !wrote && !wantsFresh) return await next();
  await withFreshReads(next);
  if (!writes || !context.res.ok) return;
  setCookie(context, WROTE_COOKIE, "1", {
    path: "/",
    secure: true,
    httpOnly: true,
    sameSite: "Strict",
    maxAge: READ_YOUR_WRITES_S,
  });
});
