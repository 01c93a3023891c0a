import assert from "node:assert/strict";
import { Hono } from "hono";
import { createLogger } from "../../runtime/log.ts";
import type { Caller } from "../auth/caller.ts";
import type { ApiEnvironment } from "../rest/api_environment.ts";
import { idempotency } from "./idempotency.ts";
import type { IdempotencyStore } from "./idempotency_store.ts";

const PROGRAM: Caller = {
  kind: "client",
  clientId: "program",
  organisationId: "organisation",
  scopes: new Set(),
};

/** What becomes of the key after this answer. */
async function fateAfter(answer: Response, caller: Caller = PROGRAM): Promise<string> {
  let fate = "held";
  const store: IdempotencyStore = {
    claim: () => Promise.resolve({ kind: "held" }),
    keep: () => Promise.resolve(void (fate = "kept")),
    release: () => Promise.resolve(void (fate = "released")),
  };
  const app = new Hono<ApiEnvironment>();
  app.use(async (context, next) => {
    context.set("caller", caller);
    context.set("requestId", crypto.randomUUID());
    await next();
  });
  const log = createLogger("test");
  app.use(idempotency({ store, secret: "a secret that the servers of a test share", log }));
  app.post("/", () => answer);
  const headers = { "Idempotency-Key": crypto.randomUUID() };
  await app.request("/", { method: "POST", headers }, { clientAddress: "192.0.2.1" });
  return fate;
}

Deno.test("an answer after which something has happened is kept", async () => {
  const wrote = { "Set-Cookie": "__Host-dt_wrote=1; Path=/" };
  assert.equal(await fateAfter(Response.json({}, { status: 201 })), "kept");
  assert.equal(await fateAfter(Response.json({}, { status: 409 })), "kept");
  assert.equal(await fateAfter(new Response(null, { status: 204 })), "kept");
  assert.equal(await fateAfter(Response.json({}, { headers: wrote })), "kept");
});

Deno.test("an answer after which the request is to be tried again frees the key", async () => {
  for (const status of [400, 429, 500, 503]) {
    assert.equal(await fateAfter(Response.json({}, { status })), "released", String(status));
  }
});

Deno.test("a guest's refusals are not kept: anybody could fill the table with them", async () => {
  const guest = { kind: "guest" } as const;
  for (const status of [401, 403, 404, 409, 410]) {
    assert.equal(await fateAfter(Response.json({}, { status }), guest), "released", String(status));
  }
  assert.equal(await fateAfter(Response.json({}, { status: 201 }), guest), "kept");
});

Deno.test("an answer for one browser, a stream and a huge one are not kept", async () => {
  const cookie = { "Set-Cookie": "__Host-dt_refresh=secret" };
  assert.equal(await fateAfter(Response.json({}, { headers: cookie })), "released");
  const stream = { "Content-Type": "application/x-ndjson" };
  assert.equal(await fateAfter(new Response("{}\n", { headers: stream })), "released");
  assert.equal(await fateAfter(Response.json("a".repeat(300_000))), "released");
});
