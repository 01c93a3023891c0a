import assert from "node:assert/strict";
import { createLogger } from "../../runtime/log.ts";
import { FallbackRateLimiter } from "./fallback_rate_limiter.ts";
import { InProcessRateLimiter } from "./in_process_rate_limiter.ts";
import type { RateLimiter } from "./rate_limiter.ts";

const log = createLogger("test");

Deno.test("while the shared limiter is away, what was seen here still counts", async () => {
  let shared: RateLimiter = new InProcessRateLimiter(5);
  const away: RateLimiter = { take: () => Promise.reject(new Error("away")) };
  const limiter = new FallbackRateLimiter(
    { take: (caller) => shared.take(caller) },
    new InProcessRateLimiter(5),
    log,
  );
  const take = async () => (await limiter.take("a")).allowed;
  for (let index = 0; index < 3; index++) assert.equal(await take(), true);
  shared = away;
  assert.deepEqual([await take(), await take(), await take()], [true, true, false]);
  shared = new InProcessRateLimiter(5);
  assert.equal(await take(), false, "it came back empty");
});

Deno.test("requests that the shared limiter refuses do not fill the local one", async () => {
  let refuses = true;
  const verdict = { limit: 5, remaining: 0, resetAfterMs: 1 };
  const shared: RateLimiter = { take: () => Promise.resolve({ ...verdict, allowed: !refuses }) };
  const limiter = new FallbackRateLimiter(shared, new InProcessRateLimiter(5), log);
  for (let index = 0; index < 10; index++) await limiter.take("a");
  refuses = false;
  assert.equal((await limiter.take("a")).allowed, true);
});
