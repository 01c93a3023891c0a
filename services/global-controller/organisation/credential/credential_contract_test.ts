import assert from "node:assert/strict";
import { testDatabases } from "../../../../db/test_postgres.ts";
import type { ClientCaller } from "../../auth/caller.ts";
import type { TokenHolder } from "../../auth/token/access_token.ts";
import { assertError } from "../../testing/assert_error.ts";
import { startTestApi, type TestApi } from "../../testing/test_api.ts";

const databases = testDatabases();
const CLIENTS = "/api/v1/organisation/api-clients";
const KEYS = "/api/v1/organisation/api-keys";
const SECRET = /^[A-Za-z0-9_-]{43}$/;
const HOSTILE = `Robert'); DROP TABLE api_keys;-- <img src=x onerror=alert(1)> \\ %s 😀`;

async function make(api: TestApi, path: string, as: TokenHolder, body: unknown) {
  const response = await api.request("POST", path, { as, body });
  assert.equal(response.status, 201);
  return await response.json();
}

function authenticate(api: TestApi, client: { client_id: string; client_secret: string }) {
  const { client_id, client_secret } = client;
  const body = { grant_type: "client_credentials", client_id, client_secret };
  return api.request("POST", "/api/v1/auth/token", { body });
}

function withKey(api: TestApi, key: string): Promise<Response> {
  return api.request("GET", "/api/v1/organisation", {
    headers: { authorization: `Bearer ${key}` },
  });
}

async function auditActions(api: TestApi, organisationId: string): Promise<string[]> {
  const rows = await api.sql<{ action: string }[]>`
    SELECT action FROM audit_log WHERE organisation_id = ${organisationId} ORDER BY sequence`;
  return rows.map(({ action }) => action);
}

Deno.test("an API client that was made gets access tokens, until it is revoked", async () => {
  await using api = await startTestApi(databases);
  const { admin, organisationId } = await api.tenant("acme");
  const body = { name: ` ${HOSTILE} `, scopes: ["meetings:read", "meetings:read"] };
  const made = await make(api, CLIENTS, admin, body);
  assert.match(made.client_id, /^client_[A-Za-z0-9_-]{22}$/);
  assert.match(made.client_secret, SECRET);
  assert.equal(made.name, HOSTILE);
  assert.deepEqual(made.scopes, ["meetings:read"]);
  const token = await authenticate(api, made);
  assert.equal(token.status, 200);
  const authorization = `Bearer ${(await token.json()).access_token}`;
  const list = await api.request("GET", "/api/v1/meetings", { headers: { authorization } });
  assert.equal(list.status, 200);
  const path = `${CLIENTS}/${made.client_id}`;
  for (let time = 0; time < 2; time++) {
    assert.equal((await api.request("DELETE", path, { as: admin })).status, 204);
  }
  await assertError(await authenticate(api, made), 401, "UNAUTHORIZED");
  const rotated = await api.request("POST", `${path}/rotate-secret`, { as: admin });
  await assertError(rotated, 404, "NOT_FOUND");
  assert.deepEqual(await auditActions(api, organisationId), [
    "api_client.created",
    "api_client.revoked",
  ]);
});

Deno.test("a client's new secret replaces the one before", async () => {
  await using api = await startTestApi(databases);
  const { admin, organisationId } = await api.tenant("acme");
  const made = await make(api, CLIENTS, admin, { name: "Bot", scopes: ["meetings:read"] });
  const path = `${CLIENTS}/${made.client_id}/rotate-secret`;
  const rotated = await (await api.request("POST", path, { as: admin })).json();
  assert.match(rotated.client_secret, SECRET);
  await assertError(await authenticate(api, made), 401, "UNAUTHORIZED");
  assert.equal((await authenticate(api, rotated)).status, 200);
  const actions = await auditActions(api, organisationId);
  assert.equal(actions.at(-1), "api_client.secret_rotated");
});

Deno.test("an API key opens the API for its scopes, until it is revoked", async () => {
  await using api = await startTestApi(databases);
  const { admin, organisationId } = await api.tenant("acme");
  const body = { name: HOSTILE, scopes: ["organisation:read"] };
  const made = await make(api, KEYS, admin, body);
  assert.match(made.key, /^dt_[A-Za-z0-9_-]{43}$/);
  assert.ok(made.key.startsWith(made.prefix) && made.prefix.length < 12);
  assert.equal(made.name, HOSTILE);
  assert.equal(made.expires_at, null);
  assert.equal((await withKey(api, made.key)).status, 200);
  const list = await (await api.request("GET", KEYS, { as: admin })).json();
  const { key: _, last_used_at: __, ...known } = made;
  const { last_used_at, ...listed } = list.api_keys[0];
  assert.deepEqual(listed, known);
  assert.ok(last_used_at === null || Date.parse(last_used_at));
  const path = `${KEYS}/${made.key_id}`;
  for (let time = 0; time < 2; time++) {
    assert.equal((await api.request("DELETE", path, { as: admin })).status, 204);
  }
  const afterwards = await (await api.request("GET", KEYS, { as: admin })).json();
  assert.deepEqual(afterwards.api_keys, []);
  assert.deepEqual(await auditActions(api, organisationId), [
    "api_key.created",
    "api_key.revoked",
  ]);
});

Deno.test("what is stored and logged of a secret does not hold it", async () => {
  await using api = await startTestApi(databases);
  const { admin } = await api.tenant("acme");
  const { key } = await make(api, KEYS, admin, { name: "Bot", scopes: ["meetings:read"] });
  const client = await make(api, CLIENTS, admin, { name: "Bot", scopes: ["meetings:read"] });
  const rows = await api.sql<{ text: string }[]>`
    SELECT row_to_json(k)::text AS text FROM api_keys k
    UNION ALL SELECT row_to_json(c)::text FROM api_clients c
    UNION ALL SELECT row_to_json(a)::text FROM audit_log a`;
  const text = rows.map((row) => row.text).join("\n");
  assert.ok(!text.includes(key) && !text.includes(client.client_secret));
});

Deno.test("an API key ends when its time is over", async () => {
  await using api = await startTestApi(databases);
  const { admin } = await api.tenant("acme");
  const expires_at = new Date(Date.now() + 60_000).toISOString();
  const scopes = ["organisation:read"];
  const made = await make(api, KEYS, admin, { name: "Bot", scopes, expires_at });
  assert.equal(made.expires_at, expires_at);
  await api.sql`UPDATE api_keys SET expires_at = now()`;
  await assertError(await withKey(api, made.key), 401, "UNAUTHORIZED");
  const past = { name: "Bot", scopes, expires_at: "2020-01-01T00:00:00+01:00" };
  const response = await api.request("POST", KEYS, { as: admin, body: past });
  await assertError(response, 400, "INVALID_REQUEST");
});

Deno.test("nobody gives out scopes that they do not have, nor gets them by a new secret", async () => {
  await using api = await startTestApi(databases);
  const { admin, client } = await api.tenant("acme");
  const narrow: ClientCaller = { ...client, scopes: new Set(["credentials:write", "audit:read"]) };
  await api.sql`UPDATE api_clients SET scopes = ${[...narrow.scopes]}`;
  const wide = { name: "Bot", scopes: ["audit:read", "meetings:write"] };
  for (const path of [CLIENTS, KEYS]) {
    const response = await api.request("POST", path, { as: narrow, body: wide });
    const { error } = await response.clone().json();
    assert.deepEqual(error.details.missing_scopes, ["meetings:write"]);
    await assertError(response, 403, "FORBIDDEN");
    await make(api, path, narrow, { name: "Bot", scopes: ["audit:read"] });
  }
  const { client_id } = await make(api, CLIENTS, admin, wide);
  const path = `${CLIENTS}/${client_id}/rotate-secret`;
  await assertError(await api.request("POST", path, { as: narrow }), 403, "FORBIDDEN");
});

Deno.test("guests, members, and programs without the scope see and make no credentials", async () => {
  await using api = await startTestApi(databases);
  const { member, client } = await api.tenant("acme");
  const narrow: ClientCaller = { ...client, scopes: new Set(["meetings:read"]) };
  await api.sql`UPDATE api_clients SET scopes = ${[...narrow.scopes]}`;
  const body = { name: "Bot", scopes: ["meetings:read"] };
  for (const path of [CLIENTS, KEYS]) {
    await assertError(await api.request("GET", path), 401, "UNAUTHORIZED");
    await assertError(await api.request("POST", path, { body }), 401, "UNAUTHORIZED");
    for (const as of [member, narrow]) {
      await assertError(await api.request("GET", path, { as }), 403, "FORBIDDEN");
      await assertError(await api.request("POST", path, { as, body }), 403, "FORBIDDEN");
      await assertError(await api.request("DELETE", `${path}/x`, { as }), 403, "FORBIDDEN");
    }
  }
});

Deno.test("another organisation's credentials are neither listed, rotated nor revoked", async () => {
  await using api = await startTestApi(databases);
  const acme = await api.tenant("acme");
  const other = await api.tenant("other");
  const body = { name: "Bot", scopes: ["organisation:read"] };
  const client = await make(api, CLIENTS, acme.admin, body);
  const key = await make(api, KEYS, acme.admin, body);
  const as = other.owner;
  const clients = await (await api.request("GET", CLIENTS, { as })).json();
  assert.deepEqual(
    clients.api_clients.map(({ client_id }: { client_id: string }) => client_id),
    ["other-client"],
  );
  const keys = await (await api.request("GET", KEYS, { as })).json();
  assert.deepEqual(keys, { api_keys: [], next_cursor: null });
  for (const id of [client.client_id, "no-such", "\0", "\ud800", "x".repeat(300), "' OR 1=1--"]) {
    const path = `${CLIENTS}/${encodeURIComponent(id.toWellFormed())}`;
    const rotated = await api.request("POST", `${path}/rotate-secret`, { as });
    await assertError(rotated, 404, "NOT_FOUND");
    await assertError(await api.request("DELETE", path, { as }), 404, "NOT_FOUND");
  }
  for (const id of [key.key_id, crypto.randomUUID(), "\0"]) {
    const path = `${KEYS}/${encodeURIComponent(id)}`;
    await assertError(await api.request("DELETE", path, { as }), 404, "NOT_FOUND");
  }
  assert.equal((await authenticate(api, client)).status, 200);
  assert.equal((await withKey(api, key.key)).status, 200);
});

Deno.test("credentials are listed page by page", async () => {
  await using api = await startTestApi(databases);
  const { admin } = await api.tenant("acme");
  const body = { name: "Bot", scopes: ["meetings:read"] };
  for (
    const [path, plural, id] of [[CLIENTS, "api_clients", "client_id"], [
      KEYS,
      "api_keys",
      "key_id",
    ]] as const
  ) {
    const made: string[] = path === CLIENTS ? ["acme-client"] : [];
    for (let count = 0; count < 3; count++) {
      made.unshift((await make(api, path, admin, body))[id]);
    }
    const listed: string[] = [];
    let query = "";
    do {
      const page = await (await api.request("GET", `${path}?limit=1${query}`, { as: admin }))
        .json();
      listed.push(...page[plural].map((item: Record<string, string>) => item[id]));
      query = page.next_cursor === null ? "" : `&cursor=${page.next_cursor}`;
    } while (query !== "");
    assert.deepEqual(listed, made);
  }
});

Deno.test("a credential without a name or with scopes that are none is refused", async () => {
  await using api = await startTestApi(databases);
  const { admin } = await api.tenant("acme");
  const bodies = [
    {},
    { name: "", scopes: ["meetings:read"] },
    { name: "x".repeat(201), scopes: ["meetings:read"] },
    { name: "a\0", scopes: ["meetings:read"] },
    { name: "Bot", scopes: [] },
    { name: "Bot", scopes: ["meetings:all"] },
    { name: "Bot", scopes: "meetings:read" },
    { name: "Bot", scopes: Array(50).fill("meetings:read") },
  ];
  for (const body of bodies) {
    for (const path of [CLIENTS, KEYS]) {
      const response = await api.request("POST", path, { as: admin, body });
      await assertError(response, 400, "INVALID_REQUEST");
    }
  }
  for (const expires_at of ["tomorrow", "2099-01-01", "2099-02-30T00:00:00Z", 7]) {
    const body = { name: "Bot", scopes: ["meetings:read"], expires_at };
    const response = await api.request("POST", KEYS, { as: admin, body });
    await assertError(response, 400, "INVALID_REQUEST");
  }
});
