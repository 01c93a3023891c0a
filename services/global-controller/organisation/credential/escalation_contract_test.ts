import assert from "node:assert/strict";
import { testDatabases } from "../../../../db/test_postgres.ts";
import { SCOPES } from "../../auth/scope.ts";
import type { TokenHolder } from "../../auth/token/access_token.ts";
import { assertError } from "../../testing/assert_error.ts";
import { startTestApi, type TestApi } from "../../testing/test_api.ts";

const databases = testDatabases();
const MEMBERS = "/api/v1/organisation/members";
const INVITATIONS = "/api/v1/organisation/invitations";
const KEYS = "/api/v1/organisation/api-keys";
const CLIENTS = "/api/v1/organisation/api-clients";

const invite = (api: TestApi, as: TokenHolder, email: string, role: string) =>
  api.request("POST", INVITATIONS, { as, body: { email, role } });

async function statusOf(api: TestApi, email: string): Promise<string> {
  const [row] = await api.sql<{ revoked: boolean }[]>`
    SELECT revoked_at IS NOT NULL AS revoked FROM invitations WHERE email = ${email}`;
  return row!.revoked ? "revoked" : "open";
}

Deno.test("a program that may not do everything makes nobody an admin", async () => {
  await using api = await startTestApi(databases);
  const { client, member } = await api.tenant("acme");
  const narrow = { ...client, scopes: new Set(["organisation:write"] as const) };
  const promote = (as: TokenHolder) =>
    api.request("PATCH", `${MEMBERS}/${member.userId}`, { as, body: { role: "admin" } });
  await assertError(await invite(api, narrow, "eve@mail.example", "admin"), 403, "FORBIDDEN");
  await assertError(await promote(narrow), 403, "FORBIDDEN");
  assert.equal((await invite(api, narrow, "eve@mail.example", "member")).status, 201);
  assert.equal((await invite(api, client, "eve@mail.example", "admin")).status, 201);
  assert.equal((await promote(client)).status, 200);
});

Deno.test("the invitations of somebody who administers no more are good for nothing", async () => {
  await using api = await startTestApi(databases);
  const { owner, admin } = await api.tenant("acme");
  const setRole = (role: string) =>
    api.request("PATCH", `${MEMBERS}/${admin.userId}`, { as: owner, body: { role } });
  assert.equal((await setRole("owner")).status, 200);
  await invite(api, admin, "second-owner@mail.example", "owner");
  await invite(api, admin, "second-admin@mail.example", "admin");
  await invite(api, owner, "invited-by-owner@mail.example", "admin");
  assert.equal((await setRole("admin")).status, 200);
  assert.equal(await statusOf(api, "second-owner@mail.example"), "revoked");
  assert.equal(await statusOf(api, "second-admin@mail.example"), "open");
  const removed = await api.request("DELETE", `${MEMBERS}/${admin.userId}`, { as: owner });
  assert.equal(removed.status, 204);
  assert.equal(await statusOf(api, "second-admin@mail.example"), "revoked");
  assert.equal(await statusOf(api, "invited-by-owner@mail.example"), "open");
});

Deno.test("a demoted admin's invitations end too", async () => {
  await using api = await startTestApi(databases);
  const { owner, admin } = await api.tenant("acme");
  await invite(api, admin, "friend@mail.example", "member");
  const path = `${MEMBERS}/${admin.userId}`;
  const demoted = await api.request("PATCH", path, { as: owner, body: { role: "member" } });
  assert.equal(demoted.status, 200);
  assert.equal(await statusOf(api, "friend@mail.example"), "revoked");
});

Deno.test("whoever the operator disabled lets nobody in", async () => {
  await using api = await startTestApi(databases);
  const { admin } = await api.tenant("acme");
  const { url } = await (await invite(api, admin, "friend@mail.example", "admin")).json();
  await api.sql`UPDATE users SET disabled_at = now() WHERE user_id = ${admin.userId}`;
  const accepted = await api.request("POST", "/api/v1/auth/accept-invitation", {
    body: { token: url.split("#")[1], display_name: "Friend", password: "a password of mine" },
  });
  await assertError(accepted, 404, "NOT_FOUND");
});

Deno.test("somebody who was just removed leaves nothing behind that lasts", async () => {
  await using api = await startTestApi(databases);
  const { owner, admin } = await api.tenant("acme");
  // What is known of the credential is fresh now.
  assert.equal((await api.request("GET", "/api/v1/me", { as: admin })).status, 200);
  await api.request("DELETE", `${MEMBERS}/${admin.userId}`, { as: owner });
  const body = { name: "Left behind", scopes: ["meetings:read"] };
  const tries = [
    await api.request("POST", KEYS, { as: admin, body }),
    await api.request("POST", CLIENTS, { as: admin, body }),
    await invite(api, admin, "friend@mail.example", "admin"),
    await api.request("POST", "/api/v1/webhook-endpoints", {
      as: admin,
      body: { url: "https://hooks.example/" },
    }),
  ];
  for (const answer of tries) await assertError(answer, 401, "UNAUTHORIZED");
});

Deno.test("another spelling of a path looks at old answers no more than the path itself", async () => {
  await using api = await startTestApi(databases);
  const { owner, admin } = await api.tenant("acme");
  assert.equal((await api.request("GET", "/api/v1/me", { as: admin })).status, 200);
  await api.request("DELETE", `${MEMBERS}/${admin.userId}`, { as: owner });
  const body = { name: "Left behind", scopes: ["meetings:read"] };
  const made = await api.request("POST", "/api/v1/%6Frganisation/api-keys", { as: admin, body });
  await assertError(made, 401, "UNAUTHORIZED");
});

Deno.test("whoever was just removed leaves no guest link behind", async () => {
  await using api = await startTestApi(databases);
  const { owner, member } = await api.tenant("acme");
  const meeting = await api.request("POST", "/api/v1/meetings", { as: member, body: {} });
  const { meeting_id } = await meeting.json();
  await api.request("DELETE", `${MEMBERS}/${member.userId}`, { as: owner });
  const path = `/api/v1/meetings/${meeting_id}/guest-links`;
  const made = await api.request("POST", path, { as: member, body: {} });
  await assertError(made, 401, "UNAUTHORIZED");
});

Deno.test("an API key that was just revoked makes no other", async () => {
  await using api = await startTestApi(databases);
  const { owner } = await api.tenant("acme");
  const body = { name: "Key", scopes: [...SCOPES] };
  const { key, key_id } = await (await api.request("POST", KEYS, { as: owner, body })).json();
  const headers = { authorization: `Bearer ${key}` };
  assert.equal((await api.request("GET", KEYS, { headers })).status, 200);
  assert.equal((await api.request("DELETE", `${KEYS}/${key_id}`, { as: owner })).status, 204);
  const another = await api.request("POST", KEYS, { headers, body });
  await assertError(another, 401, "UNAUTHORIZED");
});

Deno.test("an organisation has a bounded number of keys and clients: each has a rate limit", async () => {
  await using api = await startTestApi(databases);
  const { owner, organisationId } = await api.tenant("acme");
  const body = { name: "One more", scopes: ["meetings:read"] };
  await api.sql`
    INSERT INTO api_keys (organisation_id, name, prefix, key_hash, scopes, revoked_at)
    SELECT ${organisationId}, 'Key', 'dt_', sha256(n::text::bytea), '{}',
      CASE WHEN n > 100 THEN now() END FROM generate_series(1, 150) n`;
  await api.sql`
    INSERT INTO api_clients (client_id, secret_hash, organisation_id, revoked_at)
    SELECT 'made-' || n, '', ${organisationId}, CASE WHEN n >= 100 THEN now() END
    FROM generate_series(1, 150) n`;
  for (const path of [KEYS, CLIENTS]) {
    const full = await api.request("POST", path, { as: owner, body });
    await assertError(full, 403, "QUOTA_EXCEEDED");
  }
  await api.sql`UPDATE api_keys SET revoked_at = now() WHERE key_hash = sha256('1'::bytea)`;
  await api.sql`UPDATE api_clients SET revoked_at = now() WHERE client_id = 'made-1'`;
  for (const path of [KEYS, CLIENTS]) {
    const answers = await Promise.all(
      [1, 2, 3].map(() => api.request("POST", path, { as: owner, body })),
    );
    assert.equal(answers.filter(({ status }) => status === 201).length, 1);
  }
});
