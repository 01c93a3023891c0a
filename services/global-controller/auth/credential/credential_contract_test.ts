import assert from "node:assert/strict";
import { testDatabases } from "../../../../db/test_postgres.ts";
import { createLogger } from "../../../runtime/log.ts";
import { createSecretToken, hashSecretToken } from "../../organisation/secret_token.ts";
import { createTestKeyRing } from "../../testing/test_keys.ts";
import { createTestTenant } from "../../testing/test_tenant.ts";
import { issueAccessToken, type TokenHolder } from "../token/access_token.ts";
import { BearerAuthenticator } from "../token/bearer_authenticator.ts";
import { CredentialStatus, STATUS_LIFETIME_MS } from "./credential_status.ts";
import type { CredentialStore } from "./credential_store.ts";
import { PostgresCredentialStore } from "./postgres_credential_store.ts";

const databases = testDatabases();

class DatabaseAway extends Error {
  readonly code = "ECONNREFUSED";
}

/** An authenticator whose clock and database the test holds. */
async function setUp(sql: Parameters<typeof createTestTenant>[0]) {
  const store = new PostgresCredentialStore(sql);
  const world = { nowMs: 0, away: false, questions: 0 };
  const ask = <Value>(question: () => Promise<Value>): Promise<Value> => {
    world.questions++;
    return world.away ? Promise.reject(new DatabaseAway("away")) : question();
  };
  const counted: CredentialStore = {
    clientScopes: (...names) => ask(() => store.clientScopes(...names)),
    role: (person) => ask(() => store.role(person)),
    useKey: (hash) => ask(() => store.useKey(hash)),
  };
  const log = createLogger("test");
  const keys = await createTestKeyRing(sql);
  const authenticator = new BearerAuthenticator(
    keys,
    new CredentialStatus({ store: counted, log, now: () => world.nowMs }),
  );
  const identify = (token: string) =>
    authenticator.identify(
      new Request("http://localhost", { headers: { authorization: `Bearer ${token}` } }),
    );
  return {
    world,
    identify,
    later: () => void (world.nowMs += STATUS_LIFETIME_MS),
    tokenOf: (holder: TokenHolder) => issueAccessToken(keys, holder),
    tenant: await createTestTenant(sql, "acme"),
  };
}

async function addKey(
  sql: Parameters<typeof createTestTenant>[0],
  organisationId: string,
): Promise<string> {
  const key = `dt_${createSecretToken()}`;
  await sql`INSERT INTO api_keys (organisation_id, name, prefix, key_hash, scopes)
    VALUES (${organisationId}, 'A key', ${key.slice(0, 8)}, ${await hashSecretToken(key)},
      ${["meetings:read", "no:scope"]})`;
  return key;
}

Deno.test("whatever ends a person's access counts five seconds later at most", async () => {
  await using database = await databases.create();
  const { sql } = database;
  const { identify, later, tokenOf, tenant: { member, organisationId } } = await setUp(sql);
  const token = await tokenOf(member);
  const { userId, sessionId } = member;
  const changes = [
    [
      () => sql`UPDATE login_sessions SET revoked_at = now() WHERE session_id = ${sessionId}`,
      () => sql`UPDATE login_sessions SET revoked_at = NULL WHERE session_id = ${sessionId}`,
    ],
    [
      () =>
        sql`UPDATE login_sessions SET expires_at = now() - interval '1 day'
          WHERE session_id = ${sessionId}`,
      () =>
        sql`UPDATE login_sessions SET expires_at = now() + interval '1 day'
          WHERE session_id = ${sessionId}`,
    ],
    [
      () => sql`UPDATE users SET disabled_at = now() WHERE user_id = ${userId}`,
      () => sql`UPDATE users SET disabled_at = NULL WHERE user_id = ${userId}`,
    ],
    [
      () => sql`DELETE FROM memberships WHERE user_id = ${userId}`,
      () =>
        sql`INSERT INTO memberships (organisation_id, user_id, role)
          VALUES (${organisationId}, ${userId}, 'member')`,
    ],
  ] as const;
  for (const [end, restore] of changes) {
    assert.deepEqual(await identify(token), member);
    await end();
    later();
    assert.equal(await identify(token), undefined);
    await restore();
    later();
  }
});

Deno.test("of the five seconds a second is left for the question and the request", () => {
  assert.ok(STATUS_LIFETIME_MS <= 4_000);
});

Deno.test("a changed role counts five seconds later at most, up and down", async () => {
  await using database = await databases.create();
  const { sql } = database;
  const { identify, later, tokenOf, tenant: { member, owner } } = await setUp(sql);
  const token = await tokenOf(member);
  await identify(token);
  await sql`UPDATE memberships SET role = 'owner' WHERE user_id = ${member.userId}`;
  later();
  assert.deepEqual(await identify(token), { ...member, role: "owner", scopes: owner.scopes });
  await sql`UPDATE memberships SET role = 'member' WHERE user_id = ${member.userId}`;
  later();
  assert.deepEqual(await identify(token), member);
});

Deno.test("a client's token keeps within what the client may do now, and ends with it", async () => {
  await using database = await databases.create();
  const { sql } = database;
  const { identify, later, tokenOf, tenant: { client } } = await setUp(sql);
  const narrow = await tokenOf({ ...client, scopes: new Set(["meetings:read", "audit:read"]) });
  await sql`UPDATE api_clients SET scopes = '{meetings:read,meetings:write}'
    WHERE client_id = ${client.clientId}`;
  assert.deepEqual(await identify(narrow), { ...client, scopes: new Set(["meetings:read"]) });
  await sql`UPDATE api_clients SET revoked_at = now() WHERE client_id = ${client.clientId}`;
  later();
  assert.equal(await identify(narrow), undefined);
});

Deno.test("a token for one organisation is good for nothing in another", async () => {
  await using database = await databases.create();
  const { sql } = database;
  const { identify, tokenOf, tenant: { client, member } } = await setUp(sql);
  const { organisationId } = await createTestTenant(sql, "other");
  assert.equal(await identify(await tokenOf({ ...client, organisationId })), undefined);
  assert.equal(await identify(await tokenOf({ ...member, organisationId })), undefined);
});

Deno.test("the database is asked once in five seconds for each caller", async () => {
  await using database = await databases.create();
  const { world, identify, later, tokenOf, tenant: { member, client } } = await setUp(database.sql);
  const tokens = [await tokenOf(member), await tokenOf(client)];
  await Promise.all(Array.from({ length: 100 }, (_, index) => identify(tokens[index % 2]!)));
  assert.equal(world.questions, 2);
  later();
  await identify(tokens[0]!);
  assert.equal(world.questions, 3);
});

Deno.test("while the database is away tokens are good, except those known to be revoked", async () => {
  await using database = await databases.create();
  const { sql } = database;
  const { world, identify, later, tokenOf, tenant } = await setUp(sql);
  const { member, admin, client, organisationId } = tenant;
  const key = await addKey(sql, organisationId);
  const [seen, unseen, revoked] = [
    await tokenOf(member),
    await tokenOf(client),
    await tokenOf(admin),
  ];
  await sql`UPDATE login_sessions SET revoked_at = now() WHERE session_id = ${admin.sessionId}`;
  assert.equal(await identify(revoked), undefined);
  await identify(seen);
  await identify(key);
  world.away = true;
  later();
  assert.deepEqual(await identify(seen), member);
  assert.deepEqual(await identify(unseen), client);
  assert.equal(await identify(revoked), undefined);
  assert.equal((await identify(key))?.kind, "key");
  await assert.rejects(identify(`dt_${createSecretToken()}`), DatabaseAway);
});

Deno.test("an API key acts with its scopes until it expires or is revoked", async () => {
  await using database = await databases.create();
  const { sql } = database;
  const { identify, later, tenant: { organisationId } } = await setUp(sql);
  const key = await addKey(sql, organisationId);
  const caller = await identify(key);
  assert.ok(caller?.kind === "key");
  assert.equal(caller.organisationId, organisationId);
  assert.deepEqual(caller.scopes, new Set(["meetings:read"]));
  await sql`UPDATE api_keys SET expires_at = now() + interval '1 hour'`;
  later();
  assert.equal((await identify(key))?.kind, "key");
  await sql`UPDATE api_keys SET expires_at = now()`;
  later();
  assert.equal(await identify(key), undefined);
  await sql`UPDATE api_keys SET expires_at = NULL, revoked_at = now()`;
  later();
  assert.equal(await identify(key), undefined);
  assert.equal(await identify(`dt_${createSecretToken()}`), undefined);
  assert.equal(await identify("dt_short"), undefined);
});

Deno.test("the use of an API key is written down once a minute", async () => {
  await using database = await databases.create();
  const { sql } = database;
  const { identify, later, tenant: { organisationId } } = await setUp(sql);
  const key = await addKey(sql, organisationId);
  const lastUse = async () => {
    const [row] = await sql`SELECT last_used_at::text FROM api_keys`;
    return row!.last_used_at;
  };
  assert.equal(await lastUse(), null);
  await identify(key);
  const first = await lastUse();
  assert.notEqual(first, null);
  later();
  await identify(key);
  assert.equal(await lastUse(), first);
  await sql`UPDATE api_keys SET last_used_at = now() - interval '61 seconds'`;
  later();
  await identify(key);
  assert.ok(await lastUse() > first);
});
