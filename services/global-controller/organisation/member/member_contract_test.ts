import assert from "node:assert/strict";
import { testDatabases } from "../../../../db/test_postgres.ts";
import type { UserCaller } from "../../auth/caller.ts";
import { assertError } from "../../testing/assert_error.ts";
import { startTestApi, type TestApi } from "../../testing/test_api.ts";

const databases = testDatabases();
const PATH = "/api/v1/organisation/members";
const ROUNDS = 10;

async function roles(api: TestApi, organisationId: string): Promise<string[]> {
  const rows = await api.sql<{ role: string }[]>`
    SELECT role FROM memberships WHERE organisation_id = ${organisationId} ORDER BY role`;
  return rows.map(({ role }) => role);
}

function setRole(api: TestApi, as: UserCaller, userId: string, role: string) {
  return api.request("PATCH", `${PATH}/${userId}`, { as, body: { role } });
}

Deno.test("members are listed page by page, of the own organisation alone", async () => {
  await using api = await startTestApi(databases);
  const acme = await api.tenant("acme");
  await api.tenant("other");
  const emails: string[] = [];
  let query = "?limit=2";
  for (;;) {
    const response = await api.request("GET", `${PATH}${query}`, { as: acme.member });
    assert.equal(response.status, 200);
    const { members, next_cursor } = await response.json();
    emails.push(...members.map(({ email }: { email: string }) => email));
    if (next_cursor === null) break;
    query = `?limit=2&cursor=${next_cursor}`;
  }
  assert.deepEqual(emails, ["member@acme.example", "admin@acme.example", "owner@acme.example"]);
  await assertError(await api.request("GET", PATH), 401, "UNAUTHORIZED");
});

Deno.test("an admin changes roles and the log tells it; a member does not", async () => {
  await using api = await startTestApi(databases);
  const acme = await api.tenant("acme");
  await assertError(
    await setRole(api, acme.member, acme.member.userId, "admin"),
    403,
    "FORBIDDEN",
  );
  const response = await setRole(api, acme.admin, acme.member.userId, "admin");
  assert.equal(response.status, 200);
  const { joined_at, ...member } = await response.json();
  assert.ok(Date.parse(joined_at));
  assert.deepEqual(member, {
    user_id: acme.member.userId,
    email: "member@acme.example",
    display_name: "member",
    role: "admin",
    disabled: false,
  });
  const [entry] = await api.sql`SELECT actor, target, details FROM audit_log
    WHERE organisation_id = ${acme.organisationId} AND action = 'member.role_changed'`;
  assert.deepEqual({ ...entry }, {
    actor: `user:${acme.admin.userId}`,
    target: `user:${acme.member.userId}`,
    details: { from: "member", to: "admin" },
  });
});

Deno.test("only owners make or unmake owners, and programs do not", async () => {
  await using api = await startTestApi(databases);
  const { request } = api;
  const acme = await api.tenant("acme");
  const { owner, admin, member, client } = acme;
  await assertError(await setRole(api, admin, admin.userId, "owner"), 403, "FORBIDDEN");
  await assertError(await setRole(api, admin, owner.userId, "member"), 403, "FORBIDDEN");
  const gone = await request("DELETE", `${PATH}/${owner.userId}`, { as: admin });
  await assertError(gone, 403, "FORBIDDEN");
  const byProgram = await request("PATCH", `${PATH}/${member.userId}`, {
    as: client,
    body: { role: "owner" },
  });
  await assertError(byProgram, 403, "FORBIDDEN");
  assert.equal((await setRole(api, owner, admin.userId, "owner")).status, 200);
  assert.equal((await setRole(api, owner, owner.userId, "admin")).status, 200);
});

Deno.test("the last owner who can sign in neither leaves nor becomes less", async () => {
  await using api = await startTestApi(databases);
  const { owner, admin } = await api.tenant("acme");
  await assertError(await setRole(api, owner, owner.userId, "admin"), 409, "CONFLICT");
  const leaves = () => api.request("DELETE", `${PATH}/${owner.userId}`, { as: owner });
  await assertError(await leaves(), 409, "CONFLICT");
  await setRole(api, owner, admin.userId, "owner");
  await api.sql`UPDATE users SET disabled_at = now() WHERE user_id = ${admin.userId}`;
  await assertError(await leaves(), 409, "CONFLICT");
  await api.sql`UPDATE users SET disabled_at = NULL WHERE user_id = ${admin.userId}`;
  assert.equal((await leaves()).status, 204);
});

Deno.test("two owners who demote each other at once leave an owner", async () => {
  await using api = await startTestApi(databases);
  for (let round = 0; round < ROUNDS; round++) {
    const { owner, admin, organisationId } = await api.tenant(`acme-${round}`);
    const second = { ...admin, role: "owner", scopes: owner.scopes } as const;
    await setRole(api, owner, admin.userId, "owner");
    const answers = await Promise.all([
      setRole(api, owner, admin.userId, "member"),
      setRole(api, second, owner.userId, "member"),
    ]);
    assert.equal(answers.filter(({ status }) => status === 200).length, 1);
    assert.deepEqual(await roles(api, organisationId), ["member", "member", "owner"]);
  }
});

Deno.test("whoever leaves or is removed is no member any more, and webhooks are told", async () => {
  await using api = await startTestApi(databases);
  const { request, sql } = api;
  const { owner, admin, member, organisationId } = await api.tenant("acme");
  assert.equal((await request("DELETE", `${PATH}/${member.userId}`, { as: member })).status, 204);
  assert.equal((await request("DELETE", `${PATH}/${admin.userId}`, { as: owner })).status, 204);
  assert.deepEqual(await roles(api, organisationId), ["owner"]);
  const events = await sql`SELECT payload FROM webhook_events
    WHERE organisation_id = ${organisationId} AND event_type = 'member.removed'
    ORDER BY created_at`;
  assert.deepEqual(
    events.map(({ payload }) => payload),
    [member, admin].map(({ userId }) => ({ organisation_id: organisationId, user_id: userId })),
  );
  const again = await request("DELETE", `${PATH}/${admin.userId}`, { as: owner });
  await assertError(again, 404, "NOT_FOUND");
  // The access token still says otherwise.
  const changed = await setRole(api, admin, owner.userId, "member");
  assert.ok([401, 403].includes(changed.status), String(changed.status));
  assert.deepEqual(await roles(api, organisationId), ["owner"]);
});

Deno.test("people of another organisation are not found, and neither is nonsense", async () => {
  await using api = await startTestApi(databases);
  const acme = await api.tenant("acme");
  const other = await api.tenant("other");
  for (const id of [other.member.userId, crypto.randomUUID(), "%00", "' OR '1'='1"]) {
    const path = `${PATH}/${encodeURIComponent(id)}`;
    const body = { role: "admin" };
    const changed = await api.request("PATCH", path, { as: acme.owner, body });
    await assertError(changed, 404, "NOT_FOUND");
    const removed = await api.request("DELETE", path, { as: acme.owner });
    await assertError(removed, 404, "NOT_FOUND");
  }
  assert.deepEqual(await roles(api, other.organisationId), ["admin", "member", "owner"]);
});

Deno.test("a role that is none is refused", async () => {
  await using api = await startTestApi(databases);
  const { owner, member } = await api.tenant("acme");
  for (const body of [{}, { role: "root" }, { role: null }, { role: ["owner"] }]) {
    const response = await api.request("PATCH", `${PATH}/${member.userId}`, { as: owner, body });
    await assertError(response, 400, "INVALID_REQUEST");
  }
});
