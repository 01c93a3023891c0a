import assert from "node:assert/strict";
import { Hono } from "hono";
import { needsFreshReads } from "../../../db/read_routing.ts";
import type { ApiEnvironment } from "./api_environment.ts";
import { readYourWrites } from "./read_your_writes.ts";

/** Answers whether its reads have to be fresh; a PUT fails. */
function app(): Hono<ApiEnvironment> {
  const app = new Hono<ApiEnvironment>();
  app.use(readYourWrites);
  app.put("/", (context) => context.text("refused", 400));
  app.all("/", async (context) => {
    await Promise.resolve();
    return context.text(String(needsFreshReads()));
  });
  return app;
}

async function isFresh(method: string, headers: Record<string, string> = {}): Promise<string> {
  return await (await app().request("/", { method, headers })).text();
}

Deno.test("a read may be a little old, and a write's own reads may not", async () => {
  assert.equal(await isFresh("GET"), "false");
  assert.equal(await isFresh("POST"), "true");
});

Deno.test("whoever has just written gets a cookie that makes the next reads fresh", async () => {
  const cookie = (await app().request("/", { method: "POST" })).headers.get("set-cookie")!;
  assert.match(cookie, /; Max-Age=5;.*HttpOnly; Secure; SameSite=Strict/);
  assert.equal(await isFresh("GET", { cookie: cookie.split(";")[0]! }), "true");
});

Deno.test("a write that was refused leaves no cookie, and neither does a read", async () => {
  for (const method of ["PUT", "GET"]) {
    assert.equal((await app().request("/", { method })).headers.get("set-cookie"), null);
  }
});

Deno.test("a program asks for fresh reads with Cache-Control: no-cache", async () => {
  assert.equal(await isFresh("GET", { "cache-control": "max-age=0, no-cache" }), "true");
  assert.equal(await isFresh("GET", { "cache-control": "no-cachet" }), "false");
});
