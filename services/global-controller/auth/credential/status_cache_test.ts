import assert from "node:assert/strict";
import { StatusCache } from "./status_cache.ts";

function setUp(limit = 10) {
  const clock = { nowMs: 0 };
  const cache = new StatusCache<number>({ lifetimeMs: 5_000, limit, now: () => clock.nowMs });
  let asked = 0;
  const fail = (error: unknown): number => {
    throw error;
  };
  return {
    clock,
    cache,
    asked: () => asked,
    get: (name = "a") => cache.get(name, () => Promise.resolve(++asked), fail),
  };
}

Deno.test("an answer holds for its lifetime and is asked for again after it", async () => {
  const { clock, get } = setUp();
  assert.equal(await get(), 1);
  clock.nowMs = 4_999;
  assert.equal(await get(), 1);
  clock.nowMs = 5_000;
  assert.equal(await get(), 2);
});

Deno.test("who wants no old answer gets a new one, which the others get too", async () => {
  const { cache, get } = setUp();
  assert.equal(await get(), 1);
  const refuse = () => 0;
  assert.equal(await cache.get("a", () => Promise.resolve(7), refuse, 0), 7);
  assert.equal(await get(), 7);
});

Deno.test("all who ask at once share one question", async () => {
  const { get, asked } = setUp();
  await Promise.all(Array.from({ length: 100 }, () => get()));
  assert.equal(asked(), 1);
});

Deno.test("beyond the limit the longest known answer is forgotten", async () => {
  const { get, asked } = setUp(2);
  for (const name of ["a", "b", "c", "c", "b", "a"]) await get(name);
  assert.equal(asked(), 4);
});

Deno.test("a question that fails may fall back to the answer before it", async () => {
  const { clock, cache, get } = setUp();
  const away = () => Promise.reject(new Error("away"));
  const known = (_: unknown, answer: { value: number } | undefined) => answer?.value ?? -1;
  assert.equal(await cache.get("b", away, known), -1);
  assert.equal(await get(), 1);
  clock.nowMs = 6_000;
  assert.equal(await cache.get("a", away, known), 1);
});

Deno.test("a failure without an answer is not remembered", async () => {
  const { cache, get } = setUp();
  const away = () => Promise.reject(new Error("away"));
  await assert.rejects(
    cache.get("a", away, (error) => {
      throw error;
    }),
    /away/,
  );
  assert.equal(await get(), 1);
});
