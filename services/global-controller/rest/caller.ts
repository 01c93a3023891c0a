import { createMiddleware } from "hono/factory";
import { type Caller, callerName } from "../auth/caller.ts";
import { addressGroup } from "../rate_limit/client_address.ts";
import { SpentAddresses } from "../rate_limit/spent_addresses.ts";
import type { RateLimiter } from "../rate_limit/rate_limiter.ts";
import type { ApiEnvironment } from "./api_environment.ts";
import { ApiError, unauthorized } from "./api_error.ts";

/** Tells who sent a request. */
export interface Authenticator {
  /**
   * A guest when the request carries no credentials; undefined when they are refused.
   *
   * @param options.knownOnly refuses, without looking them up, API keys that are not known here.
   */
  identify(
    request: Request,
    options?: { readonly knownOnly: boolean },
  ): Promise<Caller | undefined>;
}

/**
 * Learns who calls, and counts the call: for the caller that its credentials name, otherwise for
 * its address. Credentials that are refused count for the address, and once it is over its limit,
 * made-up API keys from there reach the database no more.
 */
export function identifyAndLimitCaller(
  authenticator: Authenticator,
  limiter: RateLimiter,
  spent: SpentAddresses = new SpentAddresses(),
) {
  return createMiddleware<ApiEnvironment>(async (context, next) => {
    const address = addressGroup(context.env.clientAddress);
    const knownOnly = spent.has(address);
    const caller = await authenticator.identify(context.req.raw, { knownOnly });
    const counted = caller ?? { kind: "guest" as const };
    const verdict = await limiter.take(callerName(counted, address));
    if (!verdict.allowed && counted.kind === "guest") spent.mark(address, verdict.resetAfterMs);
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
    if (caller === undefined) throw unauthorized("the access token or API key is not valid");
    context.set("caller", caller);
    await next();
  });
}
