import assert from "node:assert/strict";
import { testDatabases } from "../../../db/test_postgres.ts";
import type { TokenHolder } from "../auth/token/access_token.ts";
import { assertError } from "../testing/assert_error.ts";
import { startTestApi, type TestApi } from "../testing/test_api.ts";
import { MAX_ENDPOINTS } from "./webhook_endpoint.ts";

const databases = testDatabases();
const PATH = "/api/v1/webhook-endpoints";
const URL_TEXT = "https://hooks.example/dark-tower";

async function created(api: TestApi, as: TokenHolder, body: Record<string, unknown> = {}) {
  const response = await api.request("POST", PATH, { as, body: { url: URL_TEXT, ...body } });
  assert.equal(response.status, 201, await response.clone().text());
  return await response.json();
}

Deno.test("an endpoint is created with a secret that is shown once and sealed at rest", async () => {
  await using api = await startTestApi(databases);
  const { admin } = await api.tenant("acme");
  const response = await api.request("POST", PATH, {
    as: admin,
    body: { url: URL_TEXT, description: "<b>'", event_types: ["meeting.ended"] },
  });
  assert.equal(response.status, 201);
  assert.equal(response.headers.get("etag"), '"1"');
  const { secret, ...endpoint } = await response.json();
  assert.match(secret, /^whsec_[A-Za-z0-9+/]{43}=$/);
  const { endpoint_id, created_at, updated_at, ...rest } = endpoint;
  assert.deepEqual(rest, {
    url: URL_TEXT,
    description: "<b>'",
    event_types: ["meeting.ended"],
    disabled: false,
    disabled_reason: null,
    disabled_at: null,
    failing_since: null,
    version: 1,
  });
  assert.ok(Date.parse(created_at) && Date.parse(updated_at));
  const shown = await api.request("GET", `${PATH}/${endpoint_id}`, { as: admin });
  assert.equal(shown.headers.get("etag"), '"1"');
  assert.deepEqual(await shown.json(), endpoint);
  const [row] = await api
    .sql`SELECT encode(sealed_secret, 'escape') AS stored FROM webhook_secrets`;
  assert.doesNotMatch(row!.stored, /whsec_/);
  const [entry] = await api.sql`SELECT * FROM audit_log WHERE action = 'webhook_endpoint.created'`;
  assert.equal(entry!.target, `webhook_endpoint:${endpoint_id}`);
  assert.ok(!JSON.stringify(entry).includes(secret));
});

Deno.test("an endpoint is changed, in the version that the caller knows", async () => {
  await using api = await startTestApi(databases);
  const { admin } = await api.tenant("acme");
  const { endpoint_id } = await created(api, admin);
  const path = `${PATH}/${endpoint_id}`;
  const patch = (body: unknown, headers?: Record<string, string>) =>
    api.request("PATCH", path, { as: admin, body, headers });
  const changed = await patch({ description: "new", event_types: ["meeting.created"] }, {
    "if-match": '"1"',
  });
  assert.equal(changed.headers.get("etag"), '"2"');
  const endpoint = await changed.json();
  assert.equal(endpoint.description, "new");
  assert.deepEqual(endpoint.event_types, ["meeting.created"]);
  assert.equal(endpoint.url, URL_TEXT);
  await assertError(
    await patch({ description: "late" }, { "if-match": '"1"' }),
    412,
    "PRECONDITION_FAILED",
  );
  const off = await (await patch({ disabled: true })).json();
  assert.deepEqual([off.disabled, off.disabled_reason], [true, "owner"]);
  const on = await (await patch({ disabled: false, event_types: [] })).json();
  assert.deepEqual([on.disabled, on.disabled_reason, on.event_types], [false, null, []]);
  await assertError(await patch({ url: "http://hooks.example:x" }), 400, "INVALID_REQUEST");
});

Deno.test("of parallel changes of one version one succeeds", async () => {
  await using api = await startTestApi(databases);
  const { admin } = await api.tenant("acme");
  const { endpoint_id } = await created(api, admin);
  const statuses = await Promise.all(Array.from({ length: 10 }, async (_, index) => {
    const response = await api.request("PATCH", `${PATH}/${endpoint_id}`, {
      as: admin,
      body: { description: `${index}` },
      headers: { "if-match": '"1"' },
    });
    await response.body?.cancel();
    return response.status;
  }));
  assert.deepEqual(statuses.sort(), [200, ...Array(9).fill(412)]);
});

Deno.test("a deleted endpoint is gone", async () => {
  await using api = await startTestApi(databases);
  const { admin } = await api.tenant("acme");
  const { endpoint_id } = await created(api, admin);
  const path = `${PATH}/${endpoint_id}`;
  assert.equal((await api.request("DELETE", path, { as: admin })).status, 204);
  await assertError(await api.request("DELETE", path, { as: admin }), 404, "NOT_FOUND");
  await assertError(await api.request("GET", path, { as: admin }), 404, "NOT_FOUND");
});

Deno.test("lists are cut into pages, the newest first", async () => {
  await using api = await startTestApi(databases);
  const { client } = await api.tenant("acme");
  const ids: string[] = [];
  for (let index = 0; index < 5; index++) ids.unshift((await created(api, client)).endpoint_id);
  const found: string[] = [];
  let cursor: string | null = "";
  while (cursor !== null) {
    const query: string = cursor === "" ? "" : `&cursor=${cursor}`;
    const response = await api.request("GET", `${PATH}?limit=2${query}`, { as: client });
    const page = await response.json();
    found.push(...page.webhook_endpoints.map((item: { endpoint_id: string }) => item.endpoint_id));
    cursor = page.next_cursor;
  }
  assert.deepEqual(found, ids);
});

Deno.test("an organisation has no more endpoints than it may, however many ask at once", async () => {
  await using api = await startTestApi(databases);
  const { client } = await api.tenant("acme");
  const statuses = await Promise.all(Array.from({ length: MAX_ENDPOINTS + 10 }, async () => {
    const response = await api.request("POST", PATH, { as: client, body: { url: URL_TEXT } });
    await response.body?.cancel();
    return response.status;
  }));
  assert.equal(statuses.filter((status) => status === 201).length, MAX_ENDPOINTS);
  await assertError(
    await api.request("POST", PATH, { as: client, body: { url: URL_TEXT } }),
    403,
    "QUOTA_EXCEEDED",
  );
});

Deno.test("another organisation's endpoint is not there", async () => {
  await using api = await startTestApi(databases);
  const acme = await api.tenant("acme");
  const other = await api.tenant("other");
  const { endpoint_id } = await created(api, acme.admin);
  const path = `${PATH}/${endpoint_id}`;
  const requests: [string, string, unknown?][] = [
    ["GET", path],
    ["PATCH", path, { description: "mine" }],
    ["DELETE", path],
    ["POST", `${path}/rotate-secret`, {}],
    ["POST", `${path}/test`],
    ["GET", `${path}/deliveries`],
    ["GET", `${PATH}/no-id`],
    ["DELETE", `${PATH}/no-id`],
    ["POST", `${PATH}/no-id/test`],
  ];
  for (const [method, target, body] of requests) {
    const response = await api.request(method, target, { as: other.owner, body });
    await assertError(response, 404, "NOT_FOUND");
  }
  const list = await (await api.request("GET", PATH, { as: other.owner })).json();
  assert.deepEqual(list, { webhook_endpoints: [], next_cursor: null });
  const kept = await (await api.request("GET", path, { as: acme.admin })).json();
  assert.equal(kept.version, 1);
});

Deno.test("webhooks need a scope for reading and one for writing", async () => {
  await using api = await startTestApi(databases);
  const acme = await api.tenant("acme");
  const reader = { ...acme.client, scopes: new Set(["webhooks:read"] as const) };
  assert.equal((await api.request("GET", PATH, { as: reader })).status, 200);
  const body = { url: URL_TEXT };
  await assertError(await api.request("POST", PATH, { as: reader, body }), 403, "FORBIDDEN");
  await assertError(await api.request("GET", PATH, { as: acme.member }), 403, "FORBIDDEN");
  await assertError(await api.request("GET", PATH), 401, "UNAUTHORIZED");
});

Deno.test("a URL that no webhook may go to is refused at once", async () => {
  await using api = await startTestApi(databases, { webhooks: { allowPrivate: false } });
  const { admin } = await api.tenant("acme");
  const { endpoint_id } = await created(api, admin);
  const urls = [
    "",
    "no url",
    "http://hooks.example/",
    "https://169.254.169.254/latest/meta-data",
    "https://[::ffff:10.0.0.1]/",
    "https://2130706433/",
    "https://user:password@hooks.example/",
    "https://hooks.example:25/",
    `https://hooks.example/${"a".repeat(3_000)}`,
    "https://hooks.example/\0",
  ];
  for (const url of urls) {
    const create = await api.request("POST", PATH, { as: admin, body: { url } });
    await assertError(create, 400, "INVALID_REQUEST");
    const path = `${PATH}/${endpoint_id}`;
    const update = await api.request("PATCH", path, { as: admin, body: { url } });
    await assertError(update, 400, "INVALID_REQUEST");
  }
});

Deno.test("a rotated secret ends when it was said, and two are live at most", async () => {
  await using api = await startTestApi(databases);
  const { admin } = await api.tenant("acme");
  const { endpoint_id, secret } = await created(api, admin);
  const rotate = async (body?: unknown) => {
    const path = `${PATH}/${endpoint_id}/rotate-secret`;
    const response = await api.request("POST", path, { as: admin, body });
    assert.equal(response.status, 200);
    return await response.json();
  };
  const second = await rotate();
  assert.notEqual(second.secret, secret);
  const day = Date.parse(second.previous_expires_at) - Date.now();
  assert.ok(Math.abs(day - 86_400_000) < 60_000);
  const third = await rotate({ expires_in: 60 });
  assert.ok(Date.parse(third.previous_expires_at) - Date.now() < 120_000);
  const rows = await api.sql`SELECT FROM webhook_secrets`;
  assert.equal(rows.length, 2);
  const path = `${PATH}/${endpoint_id}/rotate-secret`;
  const response = await api.request("POST", path, { as: admin, body: { expires_in: -1 } });
  await assertError(response, 400, "INVALID_REQUEST");
});
