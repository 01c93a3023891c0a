import assert from "node:assert/strict";
import { createLogger } from "../../runtime/log.ts";
import { FallbackRateLimiter, SHARED_REST_MS } from "./fallback_rate_limiter.ts";
import { InProcessRateLimiter } from "./in_process_rate_limiter.ts";
import { LimiterFullError, type RateLimiter } from "./rate_limiter.ts";

const log = createLogger("test");

Deno.test("while the shared limiter is away, what was seen here still counts", async () => {
  let nowMs = 0;
  let shared: RateLimiter = new InProcessRateLimiter(5);
  const away: RateLimiter = { take: () => Promise.reject(new Error("away")) };
  const limiter = new FallbackRateLimiter(
    { take: (caller) => shared.take(caller) },
    new InProcessRateLimiter(5),
    log,
    () => nowMs,
  );
  const take = async () => (await limiter.take("a")).allowed;
  for (let index = 0; index < 3; index++) assert.equal(await take(), true);
  shared = away;
  assert.deepEqual([await take(), await take(), await take()], [true, true, false]);
  shared = new InProcessRateLimiter(5);
  nowMs += SHARED_REST_MS;
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

Deno.test("a shared limiter that failed is left alone for a second, then asked by one", async () => {
  let nowMs = 0;
  let asked = 0;
  const stuck: RateLimiter = {
    take: () => {
      asked++;
      return Promise.reject(new Error("timed out"));
    },
  };
  const limiter = new FallbackRateLimiter(stuck, new InProcessRateLimiter(1_000), log, () => nowMs);
  const many = () => Promise.all(Array.from({ length: 50 }, () => limiter.take("a")));
  await limiter.take("a");
  await many();
  nowMs += SHARED_REST_MS - 1;
  await many();
  assert.equal(asked, 1);
  nowMs += 1;
  await many();
  assert.equal(asked, 2);
});

Deno.test("callers for whom the shared limiter has no room are counted here, the others there", async () => {
  const known = new InProcessRateLimiter(5);
  const shared: RateLimiter = {
    take: (caller) =>
      caller === "known" ? known.take(caller) : Promise.reject(new LimiterFullError()),
  };
  const limiter = new FallbackRateLimiter(shared, new InProcessRateLimiter(5), log);
  const verdicts = [];
  for (let index = 0; index < 6; index++) verdicts.push((await limiter.take("new")).allowed);
  assert.deepEqual(verdicts, [true, true, true, true, true, false]);
  for (let index = 0; index < 5; index++) await known.take("known");
  assert.equal((await limiter.take("known")).allowed, false);
});
