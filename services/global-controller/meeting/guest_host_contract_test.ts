import assert from "node:assert/strict";
import { decodeJwt } from "jose";
import { testDatabases } from "../../../db/test_postgres.ts";
import { startTestApi } from "../testing/test_api.ts";

const databases = testDatabases();
/** What a browser says of a request of a page of the same origin. */
const BROWSER = { "sec-fetch-site": "same-origin" };

async function open() {
  const api = await startTestApi(databases);
  const create = (body: unknown, headers: Record<string, string>) =>
    api.request("POST", "/api/v1/meetings", { body, headers });
  const roleOf = async (code: string, headers: Record<string, string>) => {
    const response = await api.request("POST", `/api/v1/meetings/${code}/join`, {
      body: {},
      headers,
    });
    assert.equal(response.status, 200);
    return decodeJwt((await response.json()).join_token).role;
  };
  return Object.assign(api, { create, roleOf });
}

function cookieOf(response: Response): string {
  const set = response.headers.getSetCookie().find((text) => text.startsWith("__Host-dt_guest="));
  return set!.split(";")[0]!;
}

Deno.test("a guest hosts the meeting that was created in the same browser, and no other", async () => {
  await using api = await open();
  const created = await api.create({}, BROWSER);
  const { meeting_code: code } = await created.json();
  const cookie = cookieOf(created);
  assert.equal(await api.roleOf(code, { ...BROWSER, cookie }), "host");
  assert.equal(await api.roleOf(code, BROWSER), "participant");
  assert.equal(await api.roleOf(code, { cookie }), "participant", "a program shows no cookie");
  const other = await api.create({}, BROWSER);
  const { meeting_code: otherCode } = await other.json();
  assert.equal(await api.roleOf(otherCode, { ...BROWSER, cookie }), "participant");
});

Deno.test("a meeting that no browser created has no guest for a host", async () => {
  await using api = await open();
  const { meeting_code: code } = await (await api.create({}, {})).json();
  assert.equal(await api.roleOf(code, BROWSER), "participant");
});

Deno.test("a guest's browser may create a meeting with a lobby, a guest's program may not", async () => {
  await using api = await open();
  const body = { settings: { lobby_enabled: true } };
  assert.equal((await api.create(body, BROWSER)).status, 201);
  assert.equal((await api.create(body, {})).status, 401);
});
