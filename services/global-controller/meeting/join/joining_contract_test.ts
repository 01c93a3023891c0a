import assert from "node:assert/strict";
import { decodeJwt } from "jose";
import { testDatabases } from "../../../../db/test_postgres.ts";
import type { UserCaller } from "../../auth/caller.ts";
import { GRANTS } from "../../grant/grant.ts";
import { assertError } from "../../testing/assert_error.ts";
import { startTestApi, type TestApi, type TestRequest } from "../../testing/test_api.ts";
import type { TestTenant } from "../../testing/test_tenant.ts";
import { MAX_WRONG_TRIES } from "./wrong_tries.ts";

const databases = testDatabases();
const PASSCODE = "open sesame";

/** The API with an organisation, and with another one. */
async function open() {
  const api = await startTestApi(databases);
  return Object.assign(api, { acme: await api.tenant("acme"), other: await api.tenant("other") });
}
type Given = TestApi & { acme: TestTenant; other: TestTenant };

/** Creates a meeting, of acme's member unless told otherwise; its code. */
async function meetingOf(
  api: Given,
  body: Record<string, unknown> = {},
  as: UserCaller = api.acme.member,
): Promise<string> {
  const created = await api.request("POST", "/api/v1/meetings", { as, body });
  const text = await created.text();
  assert.equal(created.status, 201, text);
  return JSON.parse(text).meeting_code;
}

function join(api: Given, code: string, request: TestRequest = {}): Promise<Response> {
  return api.request("POST", `/api/v1/meetings/${code}/join`, { body: {}, ...request });
}

async function joined(api: Given, code: string, request: TestRequest = {}) {
  const response = await join(api, code, request);
  const text = await response.text();
  assert.equal(response.status, 200, text);
  return JSON.parse(text);
}

/** Makes a guest link and takes the secret out of its fragment. */
async function guestLink(api: Given, code: string, body: Record<string, unknown> = {}) {
  const path = `/api/v1/meetings/${code}/guest-links`;
  const response = await api.request("POST", path, { as: api.acme.member, body });
  assert.equal(response.status, 201);
  const { url, link_id: linkId, ...link } = await response.json();
  assert.ok(url.startsWith(`https://tower.example/m/${code}#guest=`));
  return { linkId, secret: new URL(url).hash.slice("#guest=".length), link };
}

Deno.test("a guest joins with the meeting's grants, whoever administers it with all", async () => {
  await using api = await open();
  const code = await meetingOf(api, { settings: { default_grants: ["microphone", "chat"] } });
  const guest = await joined(api, code);
  assert.deepEqual([guest.role, guest.grants], ["participant", ["microphone", "chat"]]);
  const claims = decodeJwt(guest.join_token);
  assert.deepEqual([claims.grants, claims.jti, claims.sub, claims.user_id], [
    guest.grants,
    guest.token_id,
    guest.participant_id,
    undefined,
  ]);
  for (const caller of [api.acme.member, api.acme.admin, api.acme.client]) {
    const host = await joined(api, code, { as: caller });
    assert.deepEqual([host.role, host.grants], ["host", [...GRANTS]]);
  }
  const stranger = await joined(api, code, { as: api.other.admin });
  assert.deepEqual([stranger.role, stranger.grants], ["participant", ["microphone", "chat"]]);
  assert.equal(decodeJwt(stranger.join_token).user_id, api.other.admin.userId);
});

Deno.test("once ended, nobody joins", async () => {
  await using api = await open();
  const code = await meetingOf(api);
  const { secret } = await guestLink(api, code);
  await api.request("DELETE", `/api/v1/meetings/${code}`, { as: api.acme.member });
  await assertError(await join(api, code), 410, "MEETING_ENDED");
  await assertError(await join(api, code, { as: api.acme.member }), 410, "MEETING_ENDED");
  await assertError(await join(api, code, { body: { guest_link: secret } }), 410, "MEETING_ENDED");
});

Deno.test("while locked, only hosts join", async () => {
  await using api = await open();
  const code = await meetingOf(api);
  const { secret } = await guestLink(api, code);
  const path = `/api/v1/meetings/${code}`;
  const locked = await api.request("PATCH", path, { as: api.acme.member, body: { locked: true } });
  assert.equal(locked.status, 200);
  await assertError(await join(api, code), 403, "MEETING_LOCKED");
  await assertError(await join(api, code, { body: { guest_link: secret } }), 403, "MEETING_LOCKED");
  await assertError(await join(api, code, { as: api.other.admin }), 403, "MEETING_LOCKED");
  assert.equal((await joined(api, code, { as: api.acme.admin })).role, "host");
  await api.request("PATCH", path, { as: api.acme.member, body: { locked: false } });
  await joined(api, code);
});

Deno.test("with a lobby whoever comes by the link alone knocks, and not who has what a host gave out", async () => {
  await using api = await open();
  const code = await meetingOf(api, { settings: { lobby_enabled: true } });
  const { secret } = await guestLink(api, code);
  const knocks = async (request: TestRequest = {}) => {
    const { must_knock: mustKnock, join_token: token } = await joined(api, code, request);
    assert.equal(decodeJwt(token).knock, mustKnock || undefined);
    return mustKnock;
  };
  assert.equal(await knocks(), true);
  assert.equal(await knocks({ as: api.other.admin }), true);
  assert.equal(await knocks({ body: { guest_link: secret } }), false);
  assert.equal(await knocks({ as: api.acme.member }), false);
  const path = `/api/v1/meetings/${code}/tokens`;
  const issued = await api.request("POST", path, { as: api.acme.client, body: {} });
  assert.equal((await issued.json()).must_knock, false);
  await api.request("PATCH", `/api/v1/meetings/${code}`, {
    as: api.acme.member,
    body: { settings: { lobby_enabled: false } },
  });
  assert.equal(await knocks(), false);
});

Deno.test("a guest, who could admit nobody, opens no meeting with a lobby", async () => {
  await using api = await open();
  const body = { settings: { lobby_enabled: true } };
  await assertError(await api.request("POST", "/api/v1/meetings", { body }), 401, "UNAUTHORIZED");
});

Deno.test("a passcode is asked of everybody but hosts and guests with a link", async () => {
  await using api = await open();
  const code = await meetingOf(api, { passcode: PASSCODE });
  await assertError(await join(api, code), 403, "PASSCODE_REQUIRED");
  await assertError(await join(api, code, { body: { passcode: "wrong" } }), 403, "PASSCODE_WRONG");
  await assertError(await join(api, code, { as: api.other.admin }), 403, "PASSCODE_REQUIRED");
  await joined(api, code, { body: { passcode: PASSCODE } });
  await joined(api, code, { as: api.acme.member });
  const { secret } = await guestLink(api, code);
  await joined(api, code, { body: { guest_link: secret } });
});

Deno.test("wrong passcodes are throttled for each address, right ones are not", async () => {
  await using api = await open();
  const code = await meetingOf(api, { passcode: PASSCODE });
  const attempt = (passcode: string, address: string) =>
    join(api, code, { body: { passcode }, address });
  for (let i = 0; i < MAX_WRONG_TRIES + 5; i++) {
    assert.equal((await attempt(PASSCODE, "192.0.2.7")).status, 200);
  }
  const answers = await Promise.all(
    Array.from({ length: MAX_WRONG_TRIES + 5 }, (_, i) => attempt(`guess ${i}`, "192.0.2.7")),
  );
  const statuses = answers.map(({ status }) => status);
  assert.equal(statuses.filter((status) => status === 403).length, MAX_WRONG_TRIES);
  const throttled = await attempt(PASSCODE, "192.0.2.7");
  assert.ok(Number(throttled.headers.get("retry-after")) > 0);
  await assertError(throttled, 429, "RATE_LIMITED");
  assert.equal((await attempt(PASSCODE, "192.0.2.8")).status, 200);
  await joined(api, code, { as: api.acme.member, address: "192.0.2.7" });
});

Deno.test("where an account is needed, guests get in by a link alone", async () => {
  await using api = await open();
  const code = await meetingOf(api, { passcode: PASSCODE, settings: { require_auth: true } });
  await assertError(
    await join(api, code, { body: { passcode: PASSCODE } }),
    401,
    "UNAUTHORIZED",
  );
  await joined(api, code, { as: api.other.member, body: { passcode: PASSCODE } });
  const { secret } = await guestLink(api, code, { grants: ["chat", "microphone"] });
  const guest = await joined(api, code, { body: { guest_link: secret } });
  assert.deepEqual([guest.role, guest.grants], ["participant", ["microphone", "chat"]]);
});

Deno.test("of a hundred guests at once a link admits exactly as many as it may", async () => {
  await using api = await open();
  const code = await meetingOf(api);
  const { secret } = await guestLink(api, code, { max_uses: 7 });
  const answers = await Promise.all(
    Array.from({ length: 100 }, () => join(api, code, { body: { guest_link: secret } })),
  );
  assert.equal(answers.filter(({ status }) => status === 200).length, 7);
  await assertError(answers.find(({ status }) => status !== 200)!, 403, "GUEST_LINK_INVALID");
  const path = `/api/v1/meetings/${code}/guest-links`;
  const { guest_links: [link] } = await (await api.request("GET", path, { as: api.acme.member }))
    .json();
  assert.deepEqual([link.uses, link.max_uses], [7, 7]);
});

Deno.test("a link that is revoked, expired, for another meeting or made up admits nobody", async () => {
  await using api = await open();
  const [code, another] = [await meetingOf(api), await meetingOf(api)];
  const byLink = (secret: string, at = code) => join(api, at, { body: { guest_link: secret } });
  const revoked = await guestLink(api, code);
  const path = `/api/v1/meetings/${code}/guest-links/${revoked.linkId}`;
  await joined(api, code, { body: { guest_link: revoked.secret } });
  assert.equal((await api.request("DELETE", path, { as: api.acme.member })).status, 204);
  assert.equal((await api.request("DELETE", path, { as: api.acme.member })).status, 204);
  await assertError(await byLink(revoked.secret), 403, "GUEST_LINK_INVALID");

  const expired = await guestLink(api, code, { expires_at: "2999-01-01T00:00:00Z" });
  await joined(api, code, { body: { guest_link: expired.secret } });
  await api.sql`UPDATE guest_links SET expires_at = now() - interval '1 second'`;
  await assertError(await byLink(expired.secret), 403, "GUEST_LINK_INVALID");

  const good = await guestLink(api, code);
  await assertError(await byLink(good.secret, another), 403, "GUEST_LINK_INVALID");
  await assertError(await byLink("A".repeat(43)), 403, "GUEST_LINK_INVALID");
  await assertError(await byLink("A"), 400, "INVALID_REQUEST");
  await assertError(
    await api.request("POST", `/api/v1/meetings/${code}/guest-links`, {
      as: api.acme.member,
      body: { expires_at: "2020-01-01T00:00:00Z" },
    }),
    400,
    "INVALID_REQUEST",
  );
});

Deno.test("a link's secret is in no answer but the first, and not in the database", async () => {
  await using api = await open();
  const code = await meetingOf(api);
  const { secret } = await guestLink(api, code, { label: "Interview" });
  const path = `/api/v1/meetings/${code}/guest-links`;
  const listed = await (await api.request("GET", path, { as: api.acme.member })).text();
  assert.match(listed, /Interview/);
  assert.ok(!listed.includes(secret));
  const rows = await api.sql`SELECT guest_links::text FROM guest_links`;
  assert.ok(!JSON.stringify(rows).includes(secret));
  const audited = await api.sql<{ row: string }[]>`
    SELECT audit_log::text AS row FROM audit_log WHERE action = 'guest_link.created'`;
  assert.equal(audited.length, 1);
  assert.ok(!audited[0]!.row.includes(secret));
});

Deno.test("a program without the scope meetings:write is no host: passcode and lock count for it", async () => {
  await using api = await open();
  const { admin, client } = api.acme;
  const code = await meetingOf(api, { passcode: "correct" }, admin);
  const path = `/api/v1/meetings/${code}/join`;
  const as = { ...client, scopes: new Set(["meetings:read" as const]) };
  await assertError(await api.request("POST", path, { as, body: {} }), 403, "PASSCODE_REQUIRED");
  assert.equal((await api.request("POST", path, { as: client, body: {} })).status, 200);
});

Deno.test("tokens, links and attendance are for those who administer the meeting", async () => {
  await using api = await open();
  const code = await meetingOf(api, {}, api.acme.admin);
  const token = (await joined(api, code)).token_id;
  const calls: [method: string, path: string][] = [
    ["POST", "tokens"],
    ["GET", "tokens"],
    ["DELETE", `tokens/${token}`],
    ["POST", "guest-links"],
    ["GET", "guest-links"],
    ["DELETE", `guest-links/${crypto.randomUUID()}`],
    ["GET", "sessions"],
    ["GET", `sessions/${crypto.randomUUID()}`],
    ["GET", "participants"],
    ["DELETE", `participants/${crypto.randomUUID()}`],
  ];
  for (const [method, path] of calls) {
    const call = (as?: UserCaller) =>
      api.request(method, `/api/v1/meetings/${code}/${path}`, { as });
    await assertError(await call(), 401, "UNAUTHORIZED");
    await assertError(await call(api.other.admin), 404, "MEETING_NOT_FOUND");
    await assertError(await call(api.acme.member), 403, "FORBIDDEN");
  }
});
