import type { Redis } from "ioredis";
import { RATE_LIMIT_SCRIPT, rateLimitKey } from "../../../db/redis/rate_limit.ts";
import {
  LimiterFullError,
  RATE_LIMIT_WINDOW_MS,
  type RateLimiter,
  type RateLimitVerdict,
} from "./rate_limiter.ts";

/** Keys in Redis beyond which no further caller is counted there: some 100 MB. */
export const MAX_REDIS_KEYS = 500_000;

/** Counts requests in Redis, where all global controllers see the same ones. */
export class RedisRateLimiter implements RateLimiter {
  readonly #redis: Redis;
  readonly #limit: number;
  readonly #windowMs: number;
  readonly #maxKeys: number;
  #digest: Promise<string> | undefined;

  /** @param redis should fail fast: a request waits for it. */
  constructor(
    redis: Redis,
    limit: number,
    options: { windowMs?: number; maxKeys?: number } = {},
  ) {
    this.#redis = redis;
    this.#limit = limit;
    this.#windowMs = options.windowMs ?? RATE_LIMIT_WINDOW_MS;
    this.#maxKeys = options.maxKeys ?? MAX_REDIS_KEYS;
  }

  /** Rejects while Redis is away. @throws {LimiterFullError} */
  async take(caller: string): Promise<RateLimitVerdict> {
    const reply = await this.#run(rateLimitKey(caller));
    if (!Array.isArray(reply)) throw new TypeError("unexpected answer of the rate limit script");
    const [allowed, count, resetAfterUs] = reply.map(Number) as [number, number, number];
    if (allowed < 0) throw new LimiterFullError();
    return {
      allowed: allowed === 1,
      limit: this.#limit,
      remaining: Math.max(0, this.#limit - count),
      resetAfterMs: resetAfterUs / 1_000,
    };
  }

  async #run(key: string): Promise<unknown> {
    const digest = await (this.#digest ??= sha1(RATE_LIMIT_SCRIPT));
    const parameters = [key, this.#limit, this.#windowMs, this.#maxKeys] as const;
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
