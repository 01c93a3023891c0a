import assert from "node:assert/strict";
import fc from "fast-check";
import { InProcessRateLimiter, MAX_REMEMBERED_CALLERS } from "./in_process_rate_limiter.ts";

Deno.test("whatever the times, no window of 60 seconds holds more than the limit", async () => {
  const seed = Number(Deno.env.get("DT_SEED") ?? Date.now());
  const limit = 4;
  const property = fc.asyncProperty(
    fc.array(fc.nat(40_000), { maxLength: 60 }),
    async (pauses) => {
      let nowMs = 0;
      const limiter = new InProcessRateLimiter(limit, () => nowMs);
      const allowed: number[] = [];
      for (const pause of pauses) {
        nowMs += pause;
        if ((await limiter.take("a")).allowed) allowed.push(nowMs);
      }
      for (const [index, start] of allowed.entries()) {
        const end = allowed[index + limit];
        assert.ok(end === undefined || end - start >= 60_000);
      }
    },
  );
  await fc.assert(property, { seed, numRuns: 500 });
});

Deno.test("more callers than can be remembered push out the one silent longest", async () => {
  const limiter = new InProcessRateLimiter(1, () => 0);
  await limiter.take("first");
  for (let index = 1; index < MAX_REMEMBERED_CALLERS; index++) await limiter.take(`c${index}`);
  assert.equal((await limiter.take("first")).allowed, false);
  await limiter.take("one more");
  assert.equal((await limiter.take("first")).allowed, false, "it spoke last but one");
  assert.equal((await limiter.take("c1")).allowed, true, "it was forgotten");
});
