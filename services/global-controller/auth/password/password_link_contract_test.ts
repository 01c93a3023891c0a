import assert from "node:assert/strict";
import { testDatabases } from "../../../../db/test_postgres.ts";
import { assertError } from "../../testing/assert_error.ts";
import { TestBrowser } from "../../testing/browser.ts";
import { startTestApi, type TestApi, type TestApiOptions } from "../../testing/test_api.ts";
import type { TokenHolder } from "../token/access_token.ts";
import { PostgresPasswordLinkStore } from "./postgres_password_link_store.ts";
import { SecretHasher } from "../secret_hasher.ts";

const databases = testDatabases();
const RESET = "/api/v1/auth/reset-password";
const SIGN_IN = "/api/v1/auth/password";
const LINK = /^https:\/\/tower\.example\/reset-password#([A-Za-z0-9_-]{43})$/;
const OLD = "correct horse battery";
const NEW = "quite another password";
const oldHash = await new SecretHasher().hash(OLD);
const DAY_MS = 24 * 60 * 60 * 1_000;
const PARALLEL = 10;

/** An organisation whose people all have the same password. */
async function setUp(options: TestApiOptions = {}) {
  const api = await startTestApi(databases, options);
  const acme = await api.tenant("acme");
  await api.sql`INSERT INTO passwords (user_id, hash) SELECT user_id, ${oldHash} FROM users`;
  return { api, acme, [Symbol.asyncDispose]: () => api[Symbol.asyncDispose]() };
}

const ask = (api: TestApi, as: TokenHolder | undefined, userId: string) =>
  api.request("POST", `/api/v1/organisation/members/${userId}/password-link`, { as });

async function linkOf(api: TestApi, as: TokenHolder, userId: string): Promise<string> {
  const response = await ask(api, as, userId);
  assert.equal(response.status, 201);
  return LINK.exec((await response.json()).url)![1]!;
}

const reset = (api: TestApi, token: string, password = NEW) =>
  api.request("POST", RESET, { body: { token, password } });

const signIn = (api: TestApi, password: string) =>
  api.request("POST", SIGN_IN, { body: { email: "member@acme.example", password } });

Deno.test("a link gives its person another password once, ends all sessions, and signs in", async () => {
  await using world = await setUp();
  const { api, acme } = world;
  const before = new TestBrowser(api);
  const body = { email: "member@acme.example", password: OLD };
  await before.request("POST", SIGN_IN, { body });
  const made = await ask(api, acme.admin, acme.member.userId);
  const { url, expires_at } = await made.json();
  assert.ok(Math.abs(Date.parse(expires_at) - Date.now() - DAY_MS) < 60_000);
  const token = LINK.exec(url)![1]!;
  const browser = new TestBrowser(api);
  const answer = await browser.request("POST", RESET, { body: { token, password: NEW } });
  assert.equal(answer.status, 200);
  assert.equal((await answer.json()).user.user_id, acme.member.userId);
  const refresh = "/api/v1/auth/refresh";
  assert.equal((await browser.request("POST", refresh)).status, 200);
  assert.equal((await before.request("POST", refresh)).status, 401);
  assert.equal((await signIn(api, OLD)).status, 401);
  assert.equal((await signIn(api, NEW)).status, 200);
  await assertError(await reset(api, token), 404, "NOT_FOUND");
  const rows = await api.sql<{ told: string }[]>`
    SELECT actor || ' ' || action || ' ' || target AS told FROM audit_log
    WHERE organisation_id = ${acme.organisationId} AND action LIKE '%password%' ORDER BY sequence`;
  const person = `user:${acme.member.userId}`;
  assert.deepEqual(rows.map(({ told }) => told), [
    `user:${acme.admin.userId} password_link.created ${person}`,
    `${person} user.password_changed ${person}`,
  ]);
});

Deno.test("neither the database nor the audit log holds the secret of a link", async () => {
  await using world = await setUp();
  const { api, acme } = world;
  const token = await linkOf(api, acme.owner, acme.member.userId);
  const rows = await api.sql<{ text: string }[]>`
    SELECT row_to_json(r)::text AS text FROM password_resets r
    UNION ALL SELECT row_to_json(l)::text FROM audit_log l`;
  assert.equal(rows.length, 2);
  assert.ok(rows.every(({ text }) => !text.includes(token)));
});

Deno.test("of many uses at once one succeeds", async () => {
  await using world = await setUp();
  const { api, acme } = world;
  const token = await linkOf(api, acme.admin, acme.member.userId);
  const answers = await Promise.all(Array.from({ length: PARALLEL }, () => reset(api, token)));
  const statuses = answers.map(({ status }) => status);
  assert.equal(statuses.filter((status) => status === 200).length, 1);
  assert.equal(statuses.filter((status) => status === 404).length, PARALLEL - 1);
});

Deno.test("links are made by people who administer, for others, and by owners for owners", async () => {
  await using world = await setUp();
  const { api, acme: { owner, admin, member, client } } = world;
  const other = await api.tenant("other");
  await assertError(await ask(api, undefined, member.userId), 401, "UNAUTHORIZED");
  await assertError(await ask(api, client, member.userId), 403, "FORBIDDEN");
  await assertError(await ask(api, member, admin.userId), 403, "FORBIDDEN");
  await assertError(await ask(api, admin, owner.userId), 403, "FORBIDDEN");
  await assertError(await ask(api, owner, owner.userId), 403, "FORBIDDEN");
  await assertError(await ask(api, owner, other.member.userId), 404, "NOT_FOUND");
  await assertError(await ask(api, owner, "nobody"), 404, "NOT_FOUND");
  await api.sql`UPDATE memberships SET role = 'owner' WHERE user_id = ${admin.userId}`;
  assert.equal((await ask(api, owner, admin.userId)).status, 201);
});

Deno.test("nobody is given a password by one of several organisations, or a first one", async () => {
  await using world = await setUp();
  const { api, acme } = world;
  const other = await api.tenant("other");
  await api.sql`INSERT INTO memberships (organisation_id, user_id, role)
    VALUES (${other.organisationId}, ${acme.member.userId}, 'member')`;
  await assertError(await ask(api, acme.owner, acme.member.userId), 409, "CONFLICT");
  await assertError(await ask(api, other.owner, acme.member.userId), 409, "CONFLICT");
  // The people of the other organisation have no passwords.
  await assertError(await ask(api, other.owner, other.member.userId), 409, "CONFLICT");
});

Deno.test("a link is good no more when what allowed it has changed", async () => {
  await using world = await setUp();
  const { api, acme: { admin, owner, member, organisationId } } = world;
  const other = await api.tenant("other");
  const changes: readonly [string, () => Promise<unknown>, () => Promise<unknown>][] = [
    [
      "the person joined another organisation",
      () =>
        api.sql`INSERT INTO memberships (organisation_id, user_id, role)
          VALUES (${other.organisationId}, ${member.userId}, 'member')`,
      () => api.sql`DELETE FROM memberships WHERE organisation_id = ${other.organisationId}`,
    ],
    [
      "the person became an owner",
      () => api.sql`UPDATE memberships SET role = 'owner' WHERE user_id = ${member.userId}`,
      () => api.sql`UPDATE memberships SET role = 'member' WHERE user_id = ${member.userId}`,
    ],
    [
      "whoever made it administers no more",
      () => api.sql`UPDATE memberships SET role = 'member' WHERE user_id = ${admin.userId}`,
      () => api.sql`UPDATE memberships SET role = 'admin' WHERE user_id = ${admin.userId}`,
    ],
    [
      "the person was disabled",
      () => api.sql`UPDATE users SET disabled_at = now() WHERE user_id = ${member.userId}`,
      () => api.sql`UPDATE users SET disabled_at = NULL WHERE user_id = ${member.userId}`,
    ],
    [
      "its time is over",
      () => api.sql`UPDATE password_resets SET expires_at = now()`,
      () => Promise.resolve(),
    ],
  ];
  const store = new PostgresPasswordLinkStore(api.sql);
  for (const [change, make, undo] of changes) {
    const { token } = await store.create({
      organisationId,
      userId: member.userId,
      actorId: admin.userId,
    });
    await make();
    assert.equal((await reset(api, token)).status, 404, change);
    await undo();
  }
  const first = await linkOf(api, owner, member.userId);
  const second = await linkOf(api, owner, member.userId);
  await assertError(await reset(api, first), 404, "NOT_FOUND");
  assert.equal((await reset(api, second)).status, 200);
});

Deno.test("whoever changes the password takes the link that was open", async () => {
  await using world = await setUp();
  const { api, acme } = world;
  const token = await linkOf(api, acme.admin, acme.member.userId);
  const body = { current_password: OLD, new_password: "another long one" };
  assert.equal((await api.request("PUT", SIGN_IN, { as: acme.member, body })).status, 204);
  await assertError(await reset(api, token), 404, "NOT_FOUND");
});

Deno.test("another site's page resets nothing, and a refused password leaves the link", async () => {
  await using world = await setUp();
  const { api, acme } = world;
  const token = await linkOf(api, acme.admin, acme.member.userId);
  const foreign = await api.request("POST", RESET, {
    body: { token, password: NEW },
    headers: { origin: "https://evil.example", "sec-fetch-site": "cross-site" },
  });
  await assertError(foreign, 403, "FORBIDDEN");
  await assertError(await reset(api, token, "too short"), 400, "INVALID_REQUEST");
  for (const wrong of ["A".repeat(43), "", "'; DROP TABLE users--"]) {
    await assertError(await reset(api, wrong), 404, "NOT_FOUND");
  }
  assert.equal((await reset(api, token)).status, 200);
});

Deno.test("where the operator allows no passwords, nobody gets one by a link", async () => {
  await using world = await setUp({ passwords: false });
  const { api, acme } = world;
  await assertError(await ask(api, acme.owner, acme.member.userId), 404, "NOT_FOUND");
  await assertError(await reset(api, "A".repeat(43)), 404, "NOT_FOUND");
});
