import assert from "node:assert/strict";
import { testDatabases } from "../../../../db/test_postgres.ts";
import { createSecretToken, hashSecretToken } from "../../organisation/secret_token.ts";
import { assertError } from "../../testing/assert_error.ts";
import { startTestApi, type TestApi } from "../../testing/test_api.ts";
import type { UserCaller } from "../caller.ts";
import { SecretHasher } from "../secret_hasher.ts";

const databases = testDatabases();
const PASSWORD = "correct horse battery";
const passwordHash = await new SecretHasher().hash(PASSWORD);

async function invite({ sql }: TestApi, organisationId: string, email: string, role = "admin") {
  const token = createSecretToken();
  await sql`INSERT INTO invitations (organisation_id, email, role, token_hash, expires_at)
    VALUES (${organisationId}, ${email}, ${role}, ${await hashSecretToken(token)},
      now() + interval '7 days')`;
  return token;
}

const accept = (api: TestApi, body: Record<string, unknown>, as?: UserCaller) =>
  api.request("POST", "/api/v1/auth/accept-invitation", { body, as });

Deno.test("a new person accepts with a name and a password, is signed in, and is told of", async () => {
  await using api = await startTestApi(databases);
  const { organisationId } = await api.tenant("acme");
  await api.sql`INSERT INTO webhook_endpoints (organisation_id, url)
    VALUES (${organisationId}, 'https://hooks.example/')`;
  const token = await invite(api, organisationId, "New@Acme.example");
  const response = await accept(api, { token, display_name: "New", password: PASSWORD });
  assert.equal(response.status, 200, await response.clone().text());
  assert.match(response.headers.getSetCookie()[0]!, /^__Host-dt_refresh=/);
  const { user, organisation } = await response.json();
  assert.equal(user.email, "New@Acme.example");
  assert.equal(user.display_name, "New");
  assert.equal(organisation.role, "admin");
  const body = { email: "new@acme.example", password: PASSWORD };
  assert.equal((await api.request("POST", "/api/v1/auth/password", { body })).status, 200);
  const [event] = await api.sql`SELECT event_type, payload FROM webhook_events`;
  assert.equal(event!.event_type, "member.joined");
  assert.deepEqual(event!.payload, {
    user_id: user.user_id,
    email: "New@Acme.example",
    role: "admin",
  });
  const entries = await api.sql`SELECT action, actor FROM audit_log
    WHERE organisation_id = ${organisationId} ORDER BY sequence`;
  assert.deepEqual(entries.map(({ action }) => action).slice(0, 2), [
    "member.joined",
    "user.signed_in",
  ]);
  assert.equal(entries[0]!.actor, `user:${user.user_id}`);
});

Deno.test("of twenty who accept one invitation at once, one person comes of it", async () => {
  await using api = await startTestApi(databases);
  const { organisationId } = await api.tenant("acme");
  const token = await invite(api, organisationId, "new@acme.example");
  const answers = await Promise.all(
    Array.from({ length: 20 }, () => accept(api, { token, password: PASSWORD })),
  );
  const statuses = answers.map(({ status }) => status);
  assert.equal(statuses.filter((status) => status === 200).length, 1, String(statuses));
  assert.ok(statuses.every((status) => [200, 404, 409].includes(status)), String(statuses));
  const members = await api.sql`SELECT FROM memberships WHERE organisation_id = ${organisationId}`;
  assert.equal(members.length, 4);
});

Deno.test("an invitation that is unknown, over, revoked or used admits nobody", async () => {
  await using api = await startTestApi(databases);
  const { organisationId } = await api.tenant("acme");
  const refused = async (token: string) =>
    await assertError(await accept(api, { token, password: PASSWORD }), 404, "NOT_FOUND");
  await refused(createSecretToken());
  await refused("'; DROP TABLE invitations --");
  const changes = [
    (hash: Uint8Array) =>
      api.sql`UPDATE invitations SET expires_at = now() WHERE token_hash = ${hash}`,
    (hash: Uint8Array) =>
      api.sql`UPDATE invitations SET revoked_at = now() WHERE token_hash = ${hash}`,
    (hash: Uint8Array) =>
      api.sql`UPDATE invitations SET accepted_at = now() WHERE token_hash = ${hash}`,
  ];
  for (const change of changes) {
    const token = await invite(api, organisationId, "new@acme.example");
    await change(await hashSecretToken(token));
    await refused(token);
  }
});

Deno.test("whoever has the link of an invitation cannot take over the account of its address", async () => {
  await using api = await startTestApi(databases);
  const acme = await api.tenant("acme");
  const other = await api.tenant("other");
  const token = await invite(api, other.organisationId, "member@acme.example");
  await assertError(await accept(api, { token, password: PASSWORD }), 409, "CONFLICT");
  await api.sql`INSERT INTO passwords (user_id, hash)
    VALUES (${acme.member.userId}, ${passwordHash})`;
  const wrong = await accept(api, { token, password: "another long one" });
  await assertError(wrong, 401, "UNAUTHORIZED");
  const right = await accept(api, { token, password: PASSWORD });
  assert.equal(right.status, 200);
  const { user, organisations } = await right.json();
  assert.equal(user.user_id, acme.member.userId);
  assert.deepEqual(organisations.map(({ slug }: { slug: string }) => slug), ["acme", "other"]);
});

Deno.test("whoever is signed in accepts what is for their own address, and acts there", async () => {
  await using api = await startTestApi(databases);
  const acme = await api.tenant("acme");
  const other = await api.tenant("other");
  const token = await invite(api, other.organisationId, "MEMBER@acme.example");
  await assertError(await accept(api, { token }), 401, "UNAUTHORIZED");
  await assertError(await accept(api, { token }, acme.owner), 403, "FORBIDDEN");
  const answer = await accept(api, { token }, acme.member);
  assert.equal(answer.status, 200);
  // Joined last, but it is what they came for.
  const { organisation } = await answer.json();
  assert.equal(organisation.organisation_id, other.organisationId);
});
