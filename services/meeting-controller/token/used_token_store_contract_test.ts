import assert from "node:assert/strict";
import { createLogger } from "../../runtime/log.ts";
import { startRedis } from "../testing/redis_server.ts";
import { InProcessUsedTokenStore } from "./in_process_used_token_store.ts";
import { LayeredUsedTokenStore } from "./layered_used_token_store.ts";
import { RedisUsedTokenStore } from "./redis_used_token_store.ts";
import type { UsedTokenStore } from "./used_token_store.ts";

const log = createLogger("test");

/** What every store promises; `expire` lets a lifetime of one second pass. */
async function checkContract(
  t: Deno.TestContext,
  store: UsedTokenStore,
  expire: () => Promise<void>,
): Promise<void> {
  await t.step("a token is taken the first time only", async () => {
    const id = crypto.randomUUID();
    assert.equal(await store.use(id, 60_000), true);
    assert.equal(await store.use(id, 60_000), false);
    assert.equal(await store.use(crypto.randomUUID(), 60_000), true);
  });
  await t.step("of a hundred callers at once one gets it", async () => {
    const id = crypto.randomUUID();
    const taken = await Promise.all(Array.from({ length: 100 }, () => store.use(id, 60_000)));
    assert.equal(taken.filter(Boolean).length, 1);
  });
  await t.step("it is remembered as long as it is valid and not much longer", async () => {
    const [short, long] = [crypto.randomUUID(), crypto.randomUUID()];
    await store.use(short, 1_000);
    await store.use(long, 60_000);
    await expire();
    assert.equal(await store.use(short, 1_000), true);
    assert.equal(await store.use(long, 60_000), false);
  });
}

Deno.test("the store in this process keeps the contract", async (t) => {
  let now = 0;
  const store = new InProcessUsedTokenStore({ now: () => now });
  await checkContract(t, store, () => {
    now += 1_001;
    return Promise.resolve();
  });
});

Deno.test("the store in Redis keeps the contract", async (t) => {
  await using redis = await startRedis();
  await using store = RedisUsedTokenStore.connect({ url: redis.url, log });
  await store.ready();
  await checkContract(t, store, () => redis.waitUntilExpired("dt:used-token:*", 1));
});

Deno.test("a full store in this process takes nothing before something has expired", async () => {
  let now = 0;
  const store = new InProcessUsedTokenStore({ now: () => now, limit: 2 });
  await store.use("a", 10);
  await store.use("b", 20);
  await assert.rejects(store.use("c", 10));
  now = 11;
  assert.equal(await store.use("c", 10), true);
  assert.equal(await store.use("b", 10), false);
});

Deno.test({
  name: "while Redis is away a token is still good once, and Redis refuses what others used",
  // ioredis may leave a timer of its reconnecting behind after it was told to disconnect.
  sanitizeOps: false,
  sanitizeResources: false,
}, async () => {
  const own = () => new InProcessUsedTokenStore({ now: () => 0 });
  await using redis = await startRedis();
  await using shared = RedisUsedTokenStore.connect({ url: redis.url, log });
  await shared.ready();
  const [here, there] = [
    new LayeredUsedTokenStore(own(), shared, log),
    new LayeredUsedTokenStore(own(), shared, log),
  ];
  assert.deepEqual([await here.use("a", 9_000), await there.use("a", 9_000)], [true, false]);
  await redis[Symbol.asyncDispose]();
  assert.deepEqual([await here.use("b", 9_000), await here.use("b", 9_000)], [true, false]);
});
