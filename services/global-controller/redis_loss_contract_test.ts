import assert from "node:assert/strict";
import { exportJWK, generateKeyPair } from "jose";
import { type LocalRedis, startLocalRedis } from "../../db/local_redis.ts";
import { COMMAND_TIMEOUT_MS } from "../../db/redis_connection.ts";
import { testDatabases } from "../../db/test_postgres.ts";
import { createLogger } from "../runtime/log.ts";
import { readConfiguration } from "./configuration.ts";
import { createGlobalController, type GlobalController } from "./server.ts";

const databases = testDatabases();
const log = createLogger("test");

/** A page that asks the API for something, as pages do while they are rendered. */
const PAGES = `data:text/javascript,${
  encodeURIComponent(`export async function handle(request, { api }) {
    const answer = await api(new Request(new URL("/api/v1/regions", request.url)));
    return new Response("regions: " + answer.status);
  }`)
}`;
const LIMIT = 20;
/** What a request may take besides waiting for Redis, milliseconds: two cores, shared. */
const WORK_ALLOWANCE_MS = 250;

/** A global controller with `redisUrl`, and a way to ask it. */
async function started(redisUrl: string) {
  const database = await databases.create();
  const { privateKey } = await generateKeyPair("EdDSA", { crv: "Ed25519", extractable: true });
  const values: Record<string, string> = {
    DATABASE_URL: database.url,
    REDIS_URL: redisUrl,
    DT_SERVICE_SECRET: "0123456789abcdef0123456789abcdef",
    DT_SIGNING_KEY: JSON.stringify({ ...await exportJWK(privateKey), kid: "test" }),
    DT_PAGES_BUILD: PAGES,
    DT_RATE_LIMIT_PER_MINUTE: String(LIMIT),
  };
  const configuration = readConfiguration({ get: (name) => values[name] });
  const controller = await createGlobalController(configuration, "http://localhost", log);
  return {
    ...visitor(controller),
    async [Symbol.asyncDispose]() {
      await controller[Symbol.asyncDispose]();
      await database[Symbol.asyncDispose]();
    },
  };
}

function visitor(controller: GlobalController) {
  const get = async (path: string, address: string) => {
    const startedAtMs = performance.now();
    const response = await controller.fetch(new Request(`http://localhost${path}`), address);
    const text = await response.text();
    return { status: response.status, text, tookMs: performance.now() - startedAtMs };
  };
  return {
    /** What the page says of its call to the API. */
    page: (address = "192.0.2.1") => get("/", address),
    /** How many of `count` calls are let through. */
    async allowed(address: string, count: number): Promise<number> {
      const answers = await Promise.all(
        Array.from({ length: count }, () => get("/api/v1/regions", address)),
      );
      assert.ok(answers.every(({ status }) => status === 200 || status === 429));
      return answers.filter(({ status }) => status === 200).length;
    },
  };
}

async function redis(): Promise<LocalRedis> {
  const server = await startLocalRedis();
  if (server === undefined) throw new Error("install redis-server or valkey-server");
  return server;
}

// ioredis keeps a timer for closing a socket that was never open.
const unsanitized = { sanitizeOps: false, sanitizeResources: false };

Deno.test({
  ...unsanitized,
  name: "pages are rendered and limits hold where Redis never was",
  fn: async () => {
    await using service = await started("redis://127.0.0.1:1");
    assert.equal((await service.page()).text, "regions: 200");
    assert.equal(await service.allowed("192.0.2.7", 3 * LIMIT), LIMIT);
  },
});

Deno.test({
  ...unsanitized,
  name: "a Redis that is killed takes no page along, and no count",
  fn: async () => {
    const server = await redis();
    await using service = await started(server.url);
    assert.equal(await service.allowed("192.0.2.7", LIMIT / 2), LIMIT / 2);
    await server.stop("SIGKILL");
    assert.equal((await service.page()).text, "regions: 200");
    assert.equal(await service.allowed("192.0.2.7", 3 * LIMIT), LIMIT / 2);
  },
});

Deno.test({
  ...unsanitized,
  name: "a Redis that hangs holds up a request for its time-out, and then nobody",
  fn: async () => {
    const server = await redis();
    try {
      await using service = await started(server.url);
      await service.page();
      server.signal("SIGSTOP");
      const first = await service.page("192.0.2.2");
      assert.equal(first.text, "regions: 200");
      const limitMs = COMMAND_TIMEOUT_MS + WORK_ALLOWANCE_MS;
      assert.ok(first.tookMs <= limitMs, `${Math.round(first.tookMs)} ms`);
      const next = [];
      for (let visit = 0; visit < 10; visit++) next.push(await service.page("192.0.2.3"));
      assert.ok(next.every(({ text }) => text === "regions: 200"));
      const waited = next.filter(({ tookMs }) => tookMs >= COMMAND_TIMEOUT_MS);
      assert.ok(waited.length <= 1, `${waited.length} of ${next.length} waited`);
      assert.equal(await service.allowed("192.0.2.4", 3 * LIMIT), LIMIT, "it never opens");
      server.signal("SIGCONT");
      assert.equal(await service.allowed("192.0.2.4", LIMIT), 0, "nor when Redis is back");
    } finally {
      server.signal("SIGCONT");
      await server.stop();
    }
  },
});
