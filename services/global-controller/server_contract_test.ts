import assert from "node:assert/strict";
import { exportJWK, generateKeyPair } from "jose";
import { eventually } from "./testing/eventually.ts";
import { testDatabases } from "../../db/test_postgres.ts";
import { createTestTenant } from "./testing/test_tenant.ts";
import { testMeeting } from "./testing/test_meeting.ts";
import { PostgresMeetingStore } from "./meeting/postgres_meeting_store.ts";
import { startEmbeddedPostgres } from "../../db/embedded_postgres.ts";
import { migrate } from "../../db/migrate.ts";
import { createLogger } from "../runtime/log.ts";
import { readConfiguration } from "./configuration.ts";
import { createGlobalController } from "./server.ts";
import { makeTemporaryDirectory } from "../../db/temporary_directory.ts";

const MEETING = "/api/v1/meetings/00000000-0000-4000-8000-000000000000";

/** From a moderator's action until it is in the audit log, milliseconds. */
const RECORDED_LIMIT_MS = 2_000;

const databases = testDatabases();

async function environment(databaseUrl: string, changes: Record<string, string> = {}) {
  const { privateKey } = await generateKeyPair("EdDSA", { crv: "Ed25519", extractable: true });
  const values: Record<string, string> = {
    DATABASE_URL: databaseUrl,
    DT_SERVICE_SECRET: "0123456789abcdef0123456789abcdef",
    DT_SIGNING_KEY: JSON.stringify({ ...await exportJWK(privateKey), kid: "test" }),
    DT_BOOTSTRAP_CLIENT_ID: "first",
    DT_BOOTSTRAP_CLIENT_SECRET: "the first client's secret",
    ...changes,
  };
  return readConfiguration({ get: (name) => values[name] });
}

Deno.test({
  name: "a global controller works, survives its database going away, and comes back",
  // ioredis keeps a timer for closing a socket that was never open.
  sanitizeOps: false,
  sanitizeResources: false,
  fn: loseAndFindDatabase,
});

async function loseAndFindDatabase(): Promise<void> {
  const dataDirectory = await makeTemporaryDirectory();
  try {
    const first = await startEmbeddedPostgres({ dataDirectory, durable: false });
    await migrate(first.url);
    const configuration = await environment(first.url, {
      REDIS_URL: "redis://127.0.0.1:1",
      DT_TRUSTED_PROXIES: "127.0.0.1",
      DT_RATE_LIMIT_PER_MINUTE: "4",
    });
    const log = createLogger("test");
    await using controller = await createGlobalController(configuration, "http://localhost", log);
    const call = async (path: string, init: RequestInit = {}, peer = "192.0.2.7") => {
      const response = await controller.fetch(new Request(`http://localhost${path}`, init), peer);
      const text = await response.text();
      return {
        status: response.status,
        code: JSON.parse(text).error?.code,
        headers: response.headers,
      };
    };
    assert.equal((await call("/api/v1/health")).status, 200);
    const token = await call("/api/v1/auth/token", {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({
        grant_type: "client_credentials",
        client_id: "first",
        client_secret: "the first client's secret",
      }),
    });
    assert.equal(token.status, 200);
    assert.equal((await call(MEETING)).code, "MEETING_NOT_FOUND");

    await first.stop();
    assert.equal((await call(MEETING)).code, "SERVICE_UNAVAILABLE");
    const { port } = first;
    await using _second = await startEmbeddedPostgres({ dataDirectory, durable: false, port });
    const recovered = async () => {
      // A connection that broke is noticed by the query that uses it; each caller may meet one.
      for (let attempt = 0; attempt < 20; attempt++) {
        const { code } = await call(MEETING, {}, `192.0.2.${100 + attempt}`);
        if (code === "MEETING_NOT_FOUND") return true;
      }
      return false;
    };
    assert.equal(await recovered(), true);

    // Redis is away, so the limit is kept locally; only the trusted proxy may name the caller.
    const forged = (hop: number) => ({ headers: { "x-forwarded-for": `203.0.113.${hop}` } });
    const direct = await Promise.all(
      [1, 2, 3, 4, 5].map((hop) => call(MEETING, forged(hop), "192.0.2.8")),
    );
    assert.equal(direct.filter(({ status }) => status === 429).length, 1);
    const proxied = await Promise.all(
      [1, 2, 3, 4, 5].map((hop) => call(MEETING, forged(hop), "127.0.0.1")),
    );
    assert.ok(proxied.every(({ status }) => status === 404));
  } finally {
    await Deno.remove(dataDirectory, { recursive: true });
  }
}

Deno.test("what moderators do is recorded within two seconds, and what waited since before the start", async () => {
  await using database = await databases.create();
  const { sql } = database;
  const { organisationId } = await createTestTenant(sql, "acme");
  const meeting = testMeeting({ owner: { organisationId, userId: null, clientId: null } });
  await new PostgresMeetingStore(sql).create(meeting);
  const lock = () =>
    sql`INSERT INTO moderation_actions (action_id, meeting_id, epoch, action, actor_participant_id)
      VALUES (gen_random_uuid(), ${meeting.meetingId}, 1, 'lock', gen_random_uuid())`;
  const recorded = async () =>
    (await sql`SELECT FROM audit_log WHERE action = 'meeting.locked'`).count;
  await lock();
  const configuration = await environment(database.url);
  await using _controller = await createGlobalController(
    configuration,
    "http://localhost",
    createLogger("test"),
  );
  await eventually("what waited", RECORDED_LIMIT_MS, async () => await recorded() === 1);
  await lock();
  await eventually("what came then", RECORDED_LIMIT_MS, async () => await recorded() === 2);
});

Deno.test("a wrong setting is named", async () => {
  const wrong: Record<string, string> = {
    DT_PORT: "70000",
    DT_PUBLIC_URL: "localhost",
    DT_PAGES_ORIGIN: "ftp://x",
    DT_SERVICE_SECRET: "short",
    DT_GUEST_MEETINGS: "yes",
    DT_RATE_LIMIT_PER_MINUTE: "0",
    DATABASE_URL: "",
    DT_BOOTSTRAP_CLIENT_SECRET: "",
    DT_KEY_ROTATION_HOURS: "0",
    DT_PASSWORD_SIGN_IN: "yes",
    DT_OIDC_ISSUER: "http://provider.example",
  };
  for (const [name, value] of Object.entries(wrong)) {
    await assert.rejects(environment("postgres://x", { [name]: value }), new RegExp(name));
  }
});
