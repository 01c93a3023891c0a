import assert from "node:assert/strict";
import { decodeJwt } from "jose";
import { testDatabases } from "../../../../db/test_postgres.ts";
import { assertError } from "../../testing/assert_error.ts";
import { startTestApi, type TestRequest } from "../../testing/test_api.ts";

const databases = testDatabases();
const COOKIE = "__Host-dt_guest";
/** What a browser says of a request of a page of the same origin. */
const BROWSER = { "sec-fetch-site": "same-origin" };

/** The API with a meeting of acme's member, and what its controller writes. */
async function open() {
  const api = await startTestApi(databases);
  const acme = await api.tenant("acme");
  const other = await api.tenant("other");
  const create = async (): Promise<{ meeting_id: string; meeting_code: string }> =>
    await (await api.request("POST", "/api/v1/meetings", { as: acme.member, body: {} })).json();
  const { meeting_id: meetingId, meeting_code: code } = await create();
  return Object.assign(api, {
    acme,
    other,
    meetingId,
    code,
    create,
    join: (request: TestRequest = {}, at = code) =>
      api.request("POST", `/api/v1/meetings/${at}/join`, { body: {}, ...request }),
    ban: async (person: Record<string, string>): Promise<string> => {
      const [row] = await api.sql`INSERT INTO meeting_bans ${
        api.sql({ meeting_id: meetingId, participant_id: crypto.randomUUID(), ...person })
      } RETURNING ban_id`;
      return row!.ban_id;
    },
  });
}

/** The cookie that an answer has the browser hold. */
function guestCookie(response: Response): string | undefined {
  const set = response.headers.getSetCookie().find((text) => text.startsWith(`${COOKIE}=`));
  return set?.split(";")[0];
}

async function claimsOf(response: Response) {
  const text = await response.text();
  assert.equal(response.status, 200, text);
  return decodeJwt(JSON.parse(text).join_token);
}

Deno.test("a guest's browser gets a cookie once, and has one name in each meeting", async () => {
  await using api = await open();
  const first = await api.join({ headers: BROWSER });
  const set = first.headers.getSetCookie().find((text) => text.startsWith(COOKIE))!;
  for (const attribute of ["HttpOnly", "Secure", "SameSite=Strict", "Path=/", "Max-Age=31536000"]) {
    assert.ok(set.includes(attribute), `${attribute} in ${set}`);
  }
  const cookie = guestCookie(first)!;
  const claims = await claimsOf(first);
  assert.ok(!JSON.stringify(claims).includes(cookie.split("=")[1]!));
  const again = await api.join({ headers: { ...BROWSER, cookie } });
  assert.equal(guestCookie(again), cookie);
  assert.equal((await claimsOf(again)).guest_id, claims.guest_id);
  const { meeting_code: another } = await api.create();
  const elsewhere = await claimsOf(await api.join({ headers: { ...BROWSER, cookie } }, another));
  assert.notEqual(elsewhere.guest_id, claims.guest_id);
  assert.notEqual(elsewhere.network, claims.network);
});

Deno.test("programs, other origins' pages and those who are signed in get no cookie", async () => {
  await using api = await open();
  for (
    const request of [
      {},
      { headers: { "sec-fetch-site": "cross-site" } },
      { headers: BROWSER, as: api.acme.member },
    ]
  ) {
    const response = await api.join(request);
    assert.equal(guestCookie(response), undefined);
    assert.equal((await claimsOf(response)).guest_id, undefined);
  }
});

Deno.test("a made-up cookie is replaced", async () => {
  await using api = await open();
  const response = await api.join({ headers: { ...BROWSER, cookie: `${COOKIE}=made-up` } });
  assert.match(guestCookie(response)!, /=[A-Za-z0-9_-]{43}$/);
});

Deno.test("who is banned by account or by browser does not come back, to this meeting", async () => {
  await using api = await open();
  await api.ban({ user_id: api.other.admin.userId });
  await assertError(await api.join({ as: api.other.admin }), 403, "BANNED");
  assert.equal((await api.join({ as: api.other.member })).status, 200);

  const first = await api.join({ headers: BROWSER });
  const headers = { ...BROWSER, cookie: guestCookie(first)! };
  await api.ban({ guest_id: String((await claimsOf(first)).guest_id) });
  await assertError(await api.join({ headers }), 403, "BANNED");
  assert.equal((await api.join({ headers: BROWSER })).status, 200, "another browser may");
  const { meeting_code: another } = await api.create();
  assert.equal((await api.join({ headers }, another)).status, 200);
  assert.equal((await api.join({ as: api.other.admin }, another)).status, 200);
});

Deno.test("guests from the network of somebody who is banned knock, by a guest link too", async () => {
  await using api = await open();
  const { network } = await claimsOf(await api.join({ address: "2001:db8::1" }));
  await api.ban({ network: String(network) });
  const link = await api.request("POST", `/api/v1/meetings/${api.code}/guest-links`, {
    as: api.acme.member,
    body: {},
  });
  const body = { guest_link: new URL((await link.json()).url).hash.slice("#guest=".length) };
  const knocks = async (request: TestRequest) => {
    const claims = await claimsOf(await api.join(request));
    return claims.knock ?? false;
  };
  assert.equal(await knocks({ address: "2001:db8::2" }), true);
  assert.equal(await knocks({ address: "2001:db8::2", body }), true);
  assert.equal(await knocks({ address: "2001:db8:1::1" }), false);
  assert.equal(await knocks({ address: "2001:db8::2", as: api.other.admin }), false);
});

Deno.test("no token is issued for a user reference that is banned", async () => {
  await using api = await open();
  await api.ban({ user_reference: "customer 7" });
  const issue = (body: Record<string, string>) =>
    api.request("POST", `/api/v1/meetings/${api.code}/tokens`, { as: api.acme.client, body });
  await assertError(await issue({ user_reference: "customer 7" }), 403, "BANNED");
  assert.equal((await issue({ user_reference: "customer 8" })).status, 201);
  assert.equal((await issue({})).status, 201);
});

Deno.test("whoever administers the meeting sees bans and lifts them, and its controller is told", async () => {
  await using api = await open();
  const path = `/api/v1/meetings/${api.code}/bans`;
  const { userId } = api.other.admin;
  await api.ban({ participant_name: "Guest", guest_id: "keyed hash of a cookie" });
  const banId = await api.ban({ participant_name: "Mallory", user_id: userId });
  const as = api.acme.member;
  const first = await (await api.request("GET", `${path}?limit=1`, { as })).json();
  assert.deepEqual(
    first.bans.map((ban: Record<string, unknown>) => [
      ban.ban_id,
      ban.participant_name,
      ban.user_id,
      ban.knows_browser,
    ]),
    [[banId, "Mallory", userId, false]],
  );
  const rest = `${path}?limit=1&cursor=${first.next_cursor}`;
  const second = await (await api.request("GET", rest, { as })).text();
  assert.match(second, /"knows_browser":true/);
  assert.ok(!second.includes("keyed hash"));

  const told = api.controllers.assigned.length;
  assert.equal((await api.request("DELETE", `${path}/${banId}`, { as })).status, 204);
  assert.equal(api.controllers.assigned.length, told + 1);
  await assertError(await api.request("DELETE", `${path}/${banId}`, { as }), 404, "NOT_FOUND");
  assert.equal((await api.join({ as: api.other.admin })).status, 200);
  const [entry] = await api.sql`SELECT action, actor FROM audit_log WHERE action LIKE 'ban.%'`;
  assert.deepEqual({ ...entry }, { action: "ban.lifted", actor: `user:${as.userId}` });
});

Deno.test("bans are for those who administer the meeting", async () => {
  await using api = await open();
  const banId = await api.ban({ participant_name: "Mallory" });
  for (const [method, path] of [["GET", "bans"], ["DELETE", `bans/${banId}`]] as const) {
    const url = `/api/v1/meetings/${api.code}/${path}`;
    await assertError(await api.request(method, url), 401, "UNAUTHORIZED");
    const stranger = await api.request(method, url, { as: api.other.admin });
    await assertError(stranger, 404, "MEETING_NOT_FOUND");
    const reader = { ...api.acme.client, scopes: new Set(["meetings:read" as const]) };
    const read = await api.request(method, url, { as: reader });
    assert.equal(read.status, method === "GET" ? 200 : 403);
  }
});
