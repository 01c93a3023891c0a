import assert from "node:assert/strict";
import { testDatabases } from "../../../db/test_postgres.ts";
import { createSecretToken } from "../organisation/secret_token.ts";
import { assertError } from "../testing/assert_error.ts";
import { startTestApi } from "../testing/test_api.ts";

const databases = testDatabases();
const LIMIT = 5;

Deno.test("an address over its limit has no further API keys looked up, and known ones go on", async () => {
  await using api = await startTestApi(databases, { rateLimit: LIMIT, now: () => 0 });
  const { owner } = await api.tenant("acme");
  const makeKey = async () => {
    const body = { name: "Key", scopes: ["organisation:read"] };
    const made = await api.request("POST", "/api/v1/organisation/api-keys", { as: owner, body });
    return (await made.json()).key as string;
  };
  const [known, fresh] = [await makeKey(), await makeKey()];
  const send = (key: string, address = "192.0.2.7") =>
    api.request("GET", "/api/v1/organisation", {
      address,
      headers: { authorization: `Bearer ${key}` },
    });
  assert.equal((await send(known)).status, 200);
  for (let request = 0; request < LIMIT; request++) {
    await assertError(await send(`dt_${createSecretToken()}`), 401, "UNAUTHORIZED");
  }
  await assertError(await send(`dt_${createSecretToken()}`), 429, "RATE_LIMITED");
  await assertError(await send(fresh), 429, "RATE_LIMITED");
  assert.equal((await send(known)).status, 200);
  assert.equal((await send(fresh, "192.0.2.8")).status, 200);
});
