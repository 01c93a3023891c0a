import assert from "node:assert/strict";
import { testDatabases } from "../../../../db/test_postgres.ts";
import { assertError } from "../../testing/assert_error.ts";
import { startTestApi, type TestApi } from "../../testing/test_api.ts";

const databases = testDatabases();
const SECRET = "the client's secret";

async function clientOf(api: TestApi) {
  const { client } = await api.tenant("acme");
  await api.sql`UPDATE api_clients SET secret_hash = ${await api.hasher.hash(SECRET)},
    scopes = '{meetings:read,meetings:write}' WHERE client_id = ${client.clientId}`;
  return (body: Record<string, unknown> = {}) =>
    api.request("POST", "/api/v1/auth/token", {
      body: {
        grant_type: "client_credentials",
        client_id: client.clientId,
        client_secret: SECRET,
        ...body,
      },
    });
}

Deno.test("a client's token carries all its scopes, or those that it asks for", async () => {
  await using api = await startTestApi(databases);
  const ask = await clientOf(api);
  const { access_token, ...all } = await (await ask()).json();
  assert.deepEqual(all, { token_type: "Bearer", expires_in: 3600 });
  const narrow = await (await ask({ scope: "meetings:read" })).json();
  const create = (token: string) =>
    api.request("POST", "/api/v1/meetings", {
      body: {},
      headers: { authorization: `Bearer ${token}` },
    });
  assert.equal((await create(access_token)).status, 201);
  await assertError(await create(narrow.access_token), 403, "FORBIDDEN");
});

Deno.test("a client gets no scope that it does not have, or that is none", async () => {
  await using api = await startTestApi(databases);
  const ask = await clientOf(api);
  for (const scope of ["audit:read", "meetings:read audit:read", "nonsense", "", " "]) {
    await assertError(await ask({ scope }), 400, "INVALID_REQUEST");
  }
});

Deno.test("the public keys are served, for a minute, to whoever asks", async () => {
  await using api = await startTestApi(databases);
  const response = await api.request("GET", "/.well-known/jwks.json");
  assert.equal(response.headers.get("cache-control"), "public, max-age=60");
  const { keys } = await response.json();
  assert.equal(keys.length, 2);
});
