import type { Redis } from "ioredis";
import { RATE_LIMIT_SCRIPT, rateLimitKey } from "../../../db/redis/rate_limit.ts";
import { RATE_LIMIT_WINDOW_MS, type RateLimiter, type RateLimitVerdict } from "./rate_limiter.ts";

/** Counts requests in Redis, where all global controllers see the same ones. */
export class RedisRateLimiter implements RateLimiter {
  readonly #redis: Redis;
  readonly #limit: number;
  #digest: Promise<string> | undefined;

  /** @param redis should fail fast: a request waits for it. */
  constructor(redis: Redis, limit: number) {
    this.#redis = redis;
    this.#limit = limit;
  }

  /** Rejects while Redis is away. */
  async take(caller: string): Promise<RateLimitVerdict> {
    const reply = await this.#run(rateLimitKey(caller));
    if (!Array.isArray(reply)) throw new TypeError("unexpected answer of the rate limit script");
    const [allowed, count, resetAfterUs] = reply.map(Number) as [number, number, number];
    return {
      allowed: allowed === 1,
      limit: this.#limit,
      remaining: Math.max(0, this.#limit - count),
      resetAfterMs: resetAfterUs / 1_000,
    };
  }

  async #run(key: string): Promise<unknown> {
    const digest = await (this.#digest ??= sha1(RATE_LIMIT_SCRIPT));
    const parameters = [key, this.#limit, RATE_LIMIT_WINDOW_MS] as const;
    try {
      return await this.#redis.evalsha(digest, 1, ...parameters);
    } catch (error) {
      if (!(error instanceof Error) || !error.message.startsWith("NOSCRIPT")) throw error;
      return await this.#redis.eval(RATE_LIMIT_SCRIPT, 1, ...parameters);
    }
  }
}

/** The name under which Redis keeps a script. */
async function sha1(text: string): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-1", new TextEncoder().encode(text));
  return new Uint8Array(digest).toHex();
}
