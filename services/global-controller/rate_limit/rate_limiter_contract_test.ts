import assert from "node:assert/strict";
import { Redis } from "ioredis";
import { rateLimitKey } from "../../../db/redis/rate_limit.ts";
import { startLocalRedis } from "../../../db/local_redis.ts";
import { InProcessRateLimiter } from "./in_process_rate_limiter.ts";
import type { RateLimiter } from "./rate_limiter.ts";
import { RedisRateLimiter } from "./redis_rate_limiter.ts";

const LIMIT = 20;

interface LimiterUnderTest {
  readonly limiter: RateLimiter;
  /** Makes all requests counted so far for `caller` older. */
  age(caller: string, ms: number): Promise<void>;
}

async function inProcess(act: (subject: LimiterUnderTest) => Promise<void>): Promise<void> {
  let nowMs = 0;
  await act({
    limiter: new InProcessRateLimiter(LIMIT, () => nowMs),
    age: (_caller, ms) => {
      nowMs += ms;
      return Promise.resolve();
    },
  });
}

async function inRedis(act: (subject: LimiterUnderTest) => Promise<void>): Promise<void> {
  const server = await startLocalRedis();
  if (server === undefined) throw new Error("install redis-server or valkey-server");
  const redis = new Redis(server.url);
  try {
    await act({
      limiter: new RedisRateLimiter(redis, LIMIT),
      age: async (caller, ms) => {
        const key = rateLimitKey(caller);
        const times = await redis.lrange(key, 0, -1);
        await redis.del(key);
        await redis.rpush(key, ...times.map((time) => String(Number(time) - ms * 1_000)));
      },
    });
  } finally {
    redis.disconnect();
    await server.stop();
  }
}

for (const [name, withLimiter] of [["in process", inProcess], ["Redis", inRedis]] as const) {
  Deno.test(`${name}: of many requests at once exactly the limit is allowed`, async () => {
    await withLimiter(async ({ limiter }) => {
      const verdicts = await Promise.all(
        Array.from({ length: 3 * LIMIT }, () => limiter.take("address:192.0.2.1")),
      );
      assert.equal(verdicts.filter(({ allowed }) => allowed).length, LIMIT);
      assert.equal(Math.min(...verdicts.map(({ remaining }) => remaining)), 0);
      for (const { limit, resetAfterMs } of verdicts) {
        assert.equal(limit, LIMIT);
        assert.ok(resetAfterMs > 0 && resetAfterMs <= 60_000);
      }
      assert.equal((await limiter.take("address:192.0.2.2")).remaining, LIMIT - 1);
    });
  });

  Deno.test(`${name}: the window slides: no 60 seconds hold more than the limit`, async () => {
    await withLimiter(async ({ limiter, age }) => {
      const caller = "client:acme";
      const take = async (count: number) => {
        let allowed = 0;
        for (let index = 0; index < count; index++) {
          if ((await limiter.take(caller)).allowed) allowed++;
        }
        return allowed;
      };
      assert.equal(await take(15), 15);
      await age(caller, 45_000);
      assert.equal(await take(15), 5);
      const refused = await limiter.take(caller);
      assert.equal(refused.allowed, false);
      assert.ok(refused.resetAfterMs > 10_000 && refused.resetAfterMs <= 15_000);
      await age(caller, 15_500);
      assert.equal(await take(30), 15, "the five of the middle still count");
      await age(caller, 60_500);
      assert.equal(await take(30), LIMIT);
    });
  });
}

Deno.test("Redis: the script is loaded again after Redis was restarted or emptied", async () => {
  const server = await startLocalRedis();
  if (server === undefined) throw new Error("install redis-server or valkey-server");
  const redis = new Redis(server.url);
  try {
    const limiter = new RedisRateLimiter(redis, LIMIT);
    await limiter.take("a");
    await redis.script("FLUSH");
    assert.equal((await limiter.take("a")).remaining, LIMIT - 2);
    assert.ok(await redis.pttl(rateLimitKey("a")) > 59_000);
  } finally {
    redis.disconnect();
    await server.stop();
  }
});
