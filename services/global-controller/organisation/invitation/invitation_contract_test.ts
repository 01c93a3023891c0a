import assert from "node:assert/strict";
import { testDatabases } from "../../../../db/test_postgres.ts";
import type { TokenHolder } from "../../auth/token/access_token.ts";
import { assertError } from "../../testing/assert_error.ts";
import { startTestApi, type TestApi } from "../../testing/test_api.ts";

const databases = testDatabases();
const PATH = "/api/v1/organisation/invitations";
const LINK = /^https:\/\/tower\.example\/invitation#([A-Za-z0-9_-]{43})$/;
const DAY_MS = 24 * 60 * 60 * 1_000;
const PARALLEL = 50;
/** Three members stand already. */
const MEMBER_LIMIT = 10;

async function invite(api: TestApi, as: TokenHolder, email: string, role = "member") {
  const response = await api.request("POST", PATH, { as, body: { email, role } });
  assert.equal(response.status, 201);
  const invitation = await response.json();
  return { ...invitation, token: LINK.exec(invitation.url)![1]! };
}

async function shown(api: TestApi, token: string) {
  const response = await api.request("GET", `/api/v1/invitations/${token}`);
  assert.equal(response.status, 200);
  return await response.json();
}

Deno.test("an invitation's link tells whoever has it what it is for, for seven days", async () => {
  await using api = await startTestApi(databases);
  const { admin, organisationId } = await api.tenant("acme");
  const made = await invite(api, admin, "Ada.Lovelace+tower@mail.example", "admin");
  assert.equal(Date.parse(made.expires_at) - Date.parse(made.created_at), 7 * DAY_MS);
  assert.deepEqual(await shown(api, made.token), {
    organisation_name: "Organisation acme",
    email: "Ada.Lovelace+tower@mail.example",
    role: "admin",
    status: "open",
    expires_at: made.expires_at,
  });
  const [entry] = await api.sql`SELECT actor, target, details::text FROM audit_log
    WHERE organisation_id = ${organisationId} AND action = 'member.invited'`;
  assert.equal(entry?.actor, `user:${admin.userId}`);
  assert.equal(entry?.target, `invitation:${made.invitation_id}`);
  assert.ok(!entry?.details.includes(made.token));
  const [stored] = await api.sql`SELECT row_to_json(i)::text AS text FROM invitations i`;
  assert.ok(!stored?.text.includes(made.token));
  await api.sql`UPDATE invitations SET expires_at = now()`;
  assert.equal((await shown(api, made.token)).status, "expired");
});

Deno.test("a link that was never made is not found", async () => {
  await using api = await startTestApi(databases);
  for (const token of ["A".repeat(43), "short", "%00", "'; DROP TABLE invitations--"]) {
    const response = await api.request("GET", `/api/v1/invitations/${encodeURIComponent(token)}`);
    await assertError(response, 404, "NOT_FOUND");
  }
});

Deno.test("members invite nobody, and only owners invite owners", async () => {
  await using api = await startTestApi(databases);
  const { owner, admin, member, client } = await api.tenant("acme");
  const body = { email: "new@mail.example", role: "owner" };
  await assertError(await api.request("POST", PATH, { body }), 401, "UNAUTHORIZED");
  for (const as of [admin, client, member]) {
    await assertError(await api.request("POST", PATH, { as, body }), 403, "FORBIDDEN");
  }
  const response = await api.request("POST", PATH, {
    as: member,
    body: { ...body, role: "member" },
  });
  await assertError(response, 403, "FORBIDDEN");
  await invite(api, owner, body.email, "owner");
});

Deno.test("an address that is a member's already is not invited, in whatever case", async () => {
  await using api = await startTestApi(databases);
  const { admin } = await api.tenant("acme");
  const body = { email: "MEMBER@acme.example", role: "member" };
  await assertError(await api.request("POST", PATH, { as: admin, body }), 409, "CONFLICT");
});

Deno.test("inviting an address again ends the invitation before", async () => {
  await using api = await startTestApi(databases);
  const { admin } = await api.tenant("acme");
  const first = await invite(api, admin, "new@mail.example");
  const second = await invite(api, admin, "New@mail.example");
  assert.equal((await shown(api, first.token)).status, "revoked");
  assert.equal((await shown(api, second.token)).status, "open");
});

Deno.test("a revoked invitation is good for nothing, and an accepted one is not revoked", async () => {
  await using api = await startTestApi(databases);
  const { admin, organisationId } = await api.tenant("acme");
  const revoked = await invite(api, admin, "revoked@mail.example");
  const accepted = await invite(api, admin, "accepted@mail.example");
  await api.sql`UPDATE invitations SET accepted_at = now()
    WHERE invitation_id = ${accepted.invitation_id}`;
  for (let time = 0; time < 2; time++) {
    const path = `${PATH}/${revoked.invitation_id}`;
    assert.equal((await api.request("DELETE", path, { as: admin })).status, 204);
  }
  assert.equal((await shown(api, revoked.token)).status, "revoked");
  assert.equal((await shown(api, accepted.token)).status, "accepted");
  const refused = await api.request("DELETE", `${PATH}/${accepted.invitation_id}`, { as: admin });
  await assertError(refused, 409, "CONFLICT");
  const entries = await api.sql`SELECT FROM audit_log
    WHERE organisation_id = ${organisationId} AND action = 'invitation.revoked'`;
  assert.equal(entries.length, 1);
});

Deno.test("another organisation's invitations are neither listed nor revoked", async () => {
  await using api = await startTestApi(databases);
  const acme = await api.tenant("acme");
  const other = await api.tenant("other");
  const made = await invite(api, acme.admin, "new@mail.example");
  const list = await (await api.request("GET", PATH, { as: other.owner })).json();
  assert.deepEqual(list, { invitations: [], next_cursor: null });
  for (const id of [made.invitation_id, crypto.randomUUID(), "%00"]) {
    const path = `${PATH}/${encodeURIComponent(id)}`;
    await assertError(await api.request("DELETE", path, { as: other.owner }), 404, "NOT_FOUND");
  }
  assert.equal((await shown(api, made.token)).status, "open");
});

Deno.test("invitations are listed page by page without their links", async () => {
  await using api = await startTestApi(databases);
  const { admin, member } = await api.tenant("acme");
  const wanted = [];
  for (const name of ["a", "b", "c"]) {
    const { url: _, token: __, ...rest } = await invite(api, admin, `${name}@mail.example`);
    wanted.unshift(rest);
  }
  const read = async (query: string) =>
    await (await api.request("GET", `${PATH}?limit=2${query}`, { as: member })).json();
  const first = await read("");
  const second = await read(`&cursor=${first.next_cursor}`);
  assert.deepEqual([...first.invitations, ...second.invitations], wanted);
  assert.equal(second.next_cursor, null);
});

Deno.test("of 50 invitations at once, as many are made as the quota has places", async () => {
  await using api = await startTestApi(databases);
  const { admin } = await api.tenant("acme");
  const other = await api.tenant("other");
  await api.sql`UPDATE organisations SET max_members = ${MEMBER_LIMIT} WHERE slug = 'acme'`;
  const answers = await Promise.all(
    Array.from({ length: PARALLEL }, (_, index) =>
      api.request("POST", PATH, {
        as: admin,
        body: { email: `${index}@mail.example`, role: "member" },
      })),
  );
  const made = answers.filter(({ status }) => status === 201);
  assert.equal(made.length, MEMBER_LIMIT - 3);
  const refused = answers.find(({ status }) => status !== 201)!;
  const { error } = await refused.clone().json();
  const { quota, limit } = error.details;
  assert.deepEqual({ quota, limit }, { quota: "members", limit: MEMBER_LIMIT });
  await assertError(refused, 403, "QUOTA_EXCEEDED");
  await invite(api, other.admin, "new@mail.example");
  // One that ends makes room for another.
  const { invitation_id } = await made[0]!.json();
  await api.request("DELETE", `${PATH}/${invitation_id}`, { as: admin });
  await invite(api, admin, "late@mail.example");
});

Deno.test("an address or role that is none is refused", async () => {
  await using api = await startTestApi(databases);
  const { owner } = await api.tenant("acme");
  const emails = [
    "",
    "ada",
    "ada@",
    "ada@mail.example, eve@mail.example",
    "<script>alert(1)</script>@mail.example",
    "a'; DROP TABLE users--@mail.example",
    "a\0@mail.example",
    `${"x".repeat(250)}@mail.example`,
    7,
  ];
  for (const email of emails) {
    const body = { email, role: "member" };
    const response = await api.request("POST", PATH, { as: owner, body });
    await assertError(response, 400, "INVALID_REQUEST");
  }
  const body = { email: "ada@mail.example", role: "operator" };
  await assertError(await api.request("POST", PATH, { as: owner, body }), 400, "INVALID_REQUEST");
});
