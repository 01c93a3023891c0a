import assert from "node:assert/strict";
import { testDatabases } from "../../../../db/test_postgres.ts";
import { createLogger } from "../../../runtime/log.ts";
import { PostgresAuditLog } from "../../audit/postgres_audit_log.ts";
import { SecretHasher } from "../../auth/secret_hasher.ts";
import { assertError } from "../../testing/assert_error.ts";
import { startTestApi, TEST_SECRET, type TestApi } from "../../testing/test_api.ts";
import { FirstAdministrator } from "./first_administrator.ts";
import { startFirstAdministrator } from "./first_administrator_start.ts";
import { PostgresFirstAdministratorStore } from "./postgres_first_administrator_store.ts";

const databases = testDatabases();
const PATH = "/api/v1/setup";
const PARALLEL = 20;
const HOSTILE = `Robert'); DROP TABLE users;-- <script>alert("x")</script> \\ %s 😀`;
const LINK = /^https:\/\/tower\.example\/setup#([A-Za-z0-9_-]{43})$/;
const PASSWORD = "correct horse battery";

/** Another instance than the one that answers. */
function anotherInstance(api: TestApi, secret = TEST_SECRET): FirstAdministrator {
  return new FirstAdministrator({
    store: new PostgresFirstAdministratorStore(api.sql),
    hasher: new SecretHasher(),
    secret,
    publicUrl: "https://tower.example",
    passwords: true,
  });
}

async function setupOf(api: TestApi, changes: Record<string, unknown> = {}) {
  const [, token] = LINK.exec(await anotherInstance(api).setupUrl() ?? "") ?? [];
  return {
    token,
    organisation_name: "Acme",
    email: "ada@mail.example",
    display_name: "Ada",
    password: PASSWORD,
    ...changes,
  };
}

async function needed(api: TestApi): Promise<boolean> {
  return (await (await api.request("GET", PATH)).json()).needed;
}

Deno.test("whoever has the link becomes the owner of the first organisation, and is signed in", async () => {
  await using api = await startTestApi(databases);
  assert.equal(await needed(api), true);
  const body = await setupOf(api, { organisation_name: HOSTILE, display_name: HOSTILE });
  const response = await api.request("POST", PATH, { body });
  assert.equal(response.status, 201);
  assert.match(response.headers.get("set-cookie") ?? "", /^__Host-dt_refresh=/);
  const { access_token, user, organisation } = await response.json();
  assert.equal(user.display_name, HOSTILE);
  assert.deepEqual(
    [organisation.slug, organisation.name, organisation.role],
    ["default", HOSTILE, "owner"],
  );
  const headers = { authorization: `Bearer ${access_token}` };
  const members = await (await api.request("GET", "/api/v1/organisation/members", { headers }))
    .json();
  assert.deepEqual(members.members.map(({ email }: { email: string }) => email), [body.email]);
  assert.equal(await needed(api), false);
  assert.equal(await anotherInstance(api).setupUrl(), undefined);
  await assertError(await api.request("POST", PATH, { body }), 409, "CONFLICT");
});

Deno.test("of 20 who use the link at once, one becomes the administrator", async () => {
  await using api = await startTestApi(databases);
  const body = await setupOf(api);
  const answers = await Promise.all(
    Array.from(
      { length: PARALLEL },
      (_, index) =>
        api.request("POST", PATH, { body: { ...body, email: `${index}@mail.example` } }),
    ),
  );
  const statuses = answers.map(({ status }) => status).sort();
  assert.deepEqual(statuses, [201, ...Array(PARALLEL - 1).fill(409)]);
  for (const table of ["users", "memberships", "passwords"]) {
    assert.equal((await api.sql`SELECT FROM ${api.sql(table)}`).length, 1);
  }
});

Deno.test("the link of another deployment, or none, opens nothing", async () => {
  await using api = await startTestApi(databases);
  const foreign = LINK.exec(await anotherInstance(api, "x".repeat(32)).setupUrl() ?? "")![1];
  for (const token of [foreign, "", "A".repeat(43), "'; DROP TABLE users--"]) {
    const response = await api.request("POST", PATH, { body: await setupOf(api, { token }) });
    await assertError(response, 403, "FORBIDDEN");
  }
  assert.equal(await needed(api), true);
});

Deno.test("another site's page does not set anything up", async () => {
  await using api = await startTestApi(databases);
  const headers = { origin: "https://evil.example" };
  const response = await api.request("POST", PATH, { headers, body: await setupOf(api) });
  await assertError(response, 403, "FORBIDDEN");
});

Deno.test("a setup with a field that is none is refused", async () => {
  await using api = await startTestApi(databases);
  const wrong = [
    { password: "short" },
    { email: "ada" },
    { organisation_name: " " },
    { display_name: "a\0" },
    { display_name: "x".repeat(201) },
    { token: 7 },
  ];
  for (const changes of wrong) {
    const response = await api.request("POST", PATH, { body: await setupOf(api, changes) });
    await assertError(response, 400, "INVALID_REQUEST");
  }
});

Deno.test("where nobody signs in with a password there is no link", async () => {
  await using api = await startTestApi(databases, { passwords: false });
  assert.equal(await api.firstAdministrator.setupUrl(), undefined);
  assert.equal(await needed(api), false);
  await assertError(
    await api.request("POST", PATH, { body: await setupOf(api) }),
    403,
    "FORBIDDEN",
  );
});

Deno.test("all instances find the same link, as long as nobody exists", async () => {
  await using api = await startTestApi(databases);
  const first = await anotherInstance(api).setupUrl();
  assert.match(first ?? "", LINK);
  assert.equal(await anotherInstance(api).setupUrl(), first);
  await api.tenant("acme");
  assert.equal(await anotherInstance(api).setupUrl(), undefined);
});

Deno.test("the settings make the first administrator once, however many instances start", async () => {
  await using api = await startTestApi(databases);
  const start = () =>
    startFirstAdministrator({
      firstAdministrator: anotherInstance(api),
      settings: { email: "ada@mail.example", password: PASSWORD },
      audit: new PostgresAuditLog(api.sql),
      log: createLogger("test"),
    });
  await Promise.all(Array.from({ length: 5 }, start));
  await start();
  const owners = await api.sql`SELECT email, role, hash FROM users
    JOIN memberships USING (user_id) JOIN passwords USING (user_id)`;
  assert.equal(owners.length, 1);
  assert.deepEqual([owners[0]?.email, owners[0]?.role], ["ada@mail.example", "owner"]);
  assert.equal(await new SecretHasher().verify(PASSWORD, owners[0]?.hash), true);
  assert.equal((await api.sql`SELECT FROM audit_log WHERE action = 'member.joined'`).length, 1);
});

Deno.test("an administrator from the settings may have no password", async () => {
  await using api = await startTestApi(databases);
  await startFirstAdministrator({
    firstAdministrator: anotherInstance(api),
    settings: { email: "ada@mail.example", password: undefined },
    audit: new PostgresAuditLog(api.sql),
    log: createLogger("test"),
  });
  assert.equal((await api.sql`SELECT FROM memberships WHERE role = 'owner'`).length, 1);
  assert.equal((await api.sql`SELECT FROM passwords`).length, 0);
});
