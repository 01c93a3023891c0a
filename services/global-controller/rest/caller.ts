import { createMiddleware } from "hono/factory";
import { AccessTokenError, verifyAccessToken } from "../auth/access_token.ts";
import type { SigningKeys } from "../auth/signing_keys.ts";
import { addressGroup } from "../rate_limit/client_address.ts";
import type { RateLimiter } from "../rate_limit/rate_limiter.ts";
import type { ApiEnvironment } from "./api_environment.ts";
import { ApiError, unauthorized } from "./api_error.ts";

const BEARER = /^Bearer +(\S+)$/i;

/**
 * Learns who calls, and counts the call: for the API client that its access token names, otherwise
 * for its address. A token that is refused counts for the address.
 */
export function identifyAndLimitCaller(keys: SigningKeys, limiter: RateLimiter) {
  return createMiddleware<ApiEnvironment>(async (context, next) => {
    const authorization = context.req.header("authorization");
    const identity = await identify(keys, authorization);
    const verdict = await limiter.take(
      identity.clientId === undefined
        ? `address:${addressGroup(context.env.clientAddress)}`
        : `client:${identity.clientId}`,
    );
    const resetAfterS = Math.max(1, Math.ceil(verdict.resetAfterMs / 1_000));
    context.header("X-RateLimit-Limit", String(verdict.limit));
    context.header("X-RateLimit-Remaining", String(verdict.remaining));
    context.header("X-RateLimit-Reset", String(Math.floor(Date.now() / 1_000) + resetAfterS));
    if (!verdict.allowed) {
      throw new ApiError(429, "RATE_LIMITED", `more than ${verdict.limit} requests in a minute`, {
        details: { retry_after_seconds: resetAfterS },
        headers: { "Retry-After": String(resetAfterS) },
      });
    }
    if (identity.refused) throw unauthorized("the access token is not valid");
    context.set("clientId", identity.clientId);
    await next();
  });
}

async function identify(
  keys: SigningKeys,
  authorization: string | undefined,
): Promise<{ clientId?: string; refused: boolean }> {
  if (authorization === undefined) return { refused: false };
  const token = BEARER.exec(authorization)?.[1];
  if (token === undefined) return { refused: true };
  try {
    return { ...await verifyAccessToken(keys, token), refused: false };
  } catch (error) {
    if (error instanceof AccessTokenError) return { refused: true };
    throw error;
  }
}
