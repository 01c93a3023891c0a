import assert from "node:assert/strict";
import { testDatabases } from "../../../../db/test_postgres.ts";
import { assertError } from "../../testing/assert_error.ts";
import { TestBrowser } from "../../testing/browser.ts";
import { startTestApi, type TestApi } from "../../testing/test_api.ts";
import type { TestTenant } from "../../testing/test_tenant.ts";
import { MAX_SESSIONS_PER_USER } from "./login_session_store.ts";
import { SecretHasher } from "../secret_hasher.ts";

const databases = testDatabases();
const COOKIE = "__Host-dt_refresh";
const PASSWORD = "correct horse battery";
const passwordHash = await new SecretHasher().hash(PASSWORD);

/** A tenant whose member has a password, and a browser in which that person signed in. */
async function signIn(api: TestApi, slug = "acme") {
  const tenant = await api.tenant(slug);
  await givePassword(api, tenant);
  const browser = new TestBrowser(api);
  const signedIn = await enter(browser, slug);
  return { tenant, browser, signedIn };
}

async function givePassword(api: TestApi, { member }: TestTenant): Promise<void> {
  await api.sql`INSERT INTO passwords (user_id, hash) VALUES (${member.userId}, ${passwordHash})`;
}

async function enter(browser: TestBrowser, slug = "acme") {
  const response = await browser.request("POST", "/api/v1/auth/password", {
    body: { email: `member@${slug}.example`, password: PASSWORD },
  });
  assert.equal(response.status, 200, await response.clone().text());
  return await response.json();
}

const refresh = (browser: TestBrowser, body?: unknown) =>
  browser.request("POST", "/api/v1/auth/refresh", { body });

Deno.test("signing in sets a cookie that scripts and other sites never see, and tells who came", async () => {
  await using api = await startTestApi(databases);
  const tenant = await api.tenant("acme");
  await givePassword(api, tenant);
  const response = await api.request("POST", "/api/v1/auth/password", {
    body: { email: "Member@ACME.example", password: PASSWORD },
  });
  const [cookie] = response.headers.getSetCookie();
  assert.match(cookie!, /^__Host-dt_refresh=[A-Za-z0-9_-]{64}; /);
  for (const part of ["HttpOnly", "Secure", "SameSite=Strict", "Path=/", "Max-Age=7776000"]) {
    assert.ok(cookie!.split("; ").includes(part), `${part} in ${cookie}`);
  }
  const { access_token, ...rest } = await response.json();
  const organisation = {
    organisation_id: tenant.organisationId,
    slug: "acme",
    name: "Organisation acme",
    role: "member",
  };
  assert.deepEqual(rest, {
    token_type: "Bearer",
    expires_in: 300,
    user: {
      user_id: tenant.member.userId,
      email: "member@acme.example",
      display_name: "member",
      locale: "",
      time_zone: "",
    },
    organisation,
    organisations: [organisation],
  });
  const me = await api.request("GET", "/api/v1/auth/sessions", {
    headers: { authorization: `Bearer ${access_token}` },
  });
  assert.equal(me.status, 200);
});

Deno.test("each refresh replaces the cookie and gives an access token", async () => {
  await using api = await startTestApi(databases);
  const { browser } = await signIn(api);
  const seen = new Set([browser.cookies.get(COOKIE)]);
  for (let use = 0; use < 3; use++) {
    const response = await refresh(browser);
    assert.equal(response.status, 200);
    const { access_token } = await response.json();
    const sessions = await browser.request("GET", "/api/v1/auth/sessions", { token: access_token });
    assert.equal(sessions.status, 200);
    seen.add(browser.cookies.get(COOKIE));
  }
  assert.equal(seen.size, 4);
});

Deno.test("tabs that refresh at once all stay signed in, and one cookie goes on", async () => {
  await using api = await startTestApi(databases);
  const { browser } = await signIn(api);
  const answers = await Promise.all(Array.from({ length: 20 }, () => refresh(browser)));
  assert.deepEqual(new Set(answers.map(({ status }) => status)), new Set([200]));
  const replaced = answers.filter(({ headers }) => headers.getSetCookie().length > 0);
  assert.equal(replaced.length, 1);
  assert.equal((await refresh(browser)).status, 200);
});

Deno.test("a refresh token that was replaced long ago ends the session for whoever has it", async () => {
  await using api = await startTestApi(databases);
  const { browser, tenant } = await signIn(api);
  const thief = new TestBrowser(api);
  thief.cookies.set(COOKIE, browser.cookies.get(COOKIE)!);
  await refresh(browser);
  await api.sql`UPDATE login_sessions SET rotated_at = now() - interval '11 seconds'`;
  await assertError(await refresh(thief), 401, "UNAUTHORIZED");
  assert.equal(thief.cookies.has(COOKIE), false);
  await assertError(await refresh(browser), 401, "UNAUTHORIZED");
  const [entry] = await api.sql`
    SELECT details FROM audit_log
    WHERE action = 'session.revoked' AND organisation_id = ${tenant.organisationId}`;
  assert.match(JSON.stringify(entry?.details), /used again/);
});

Deno.test("also a token from two replacements ago ends it; one that was made up ends nothing", async () => {
  await using api = await startTestApi(databases);
  const { browser } = await signIn(api);
  const thief = new TestBrowser(api);
  thief.cookies.set(COOKIE, "x".repeat(64));
  await assertError(await refresh(thief), 401, "UNAUTHORIZED");
  thief.cookies.set(COOKIE, "no token");
  await assertError(await refresh(thief), 401, "UNAUTHORIZED");
  thief.cookies.set(COOKIE, browser.cookies.get(COOKIE)!);
  await refresh(browser);
  await refresh(browser);
  await assertError(await refresh(thief), 401, "UNAUTHORIZED");
  await assertError(await refresh(browser), 401, "UNAUTHORIZED");
});

Deno.test("a session lasts 30 days without use and 90 at most", async () => {
  await using api = await startTestApi(databases);
  const { browser } = await signIn(api);
  const age = (days: number) =>
    api.sql`UPDATE login_sessions SET created_at = created_at - ${days} * interval '1 day',
      expires_at = expires_at - ${days} * interval '1 day'`;
  for (const days of [29, 29, 29]) {
    await age(days);
    assert.equal((await refresh(browser)).status, 200);
  }
  const [left] = await api.sql`
    SELECT extract(day FROM expires_at - now())::int AS days FROM login_sessions
    WHERE user_agent = 'Test browser'`;
  assert.equal(left!.days, 2);
  await age(4);
  await assertError(await refresh(browser), 401, "UNAUTHORIZED");
  await enter(browser);
  await age(31);
  await assertError(await refresh(browser), 401, "UNAUTHORIZED");
});

Deno.test("a person of two organisations chooses for which one the token is", async () => {
  await using api = await startTestApi(databases);
  const { browser, tenant } = await signIn(api);
  const other = await api.tenant("other");
  await api.sql`INSERT INTO memberships (organisation_id, user_id, role)
    VALUES (${other.organisationId}, ${tenant.member.userId}, 'admin')`;
  const chosen = await (await refresh(browser, { organisation_id: other.organisationId })).json();
  assert.equal(chosen.organisation.slug, "other");
  assert.equal(chosen.organisation.role, "admin");
  assert.deepEqual(chosen.organisations.map(({ slug }: { slug: string }) => slug), [
    "acme",
    "other",
  ]);
  assert.equal((await (await refresh(browser)).json()).organisation.slug, "acme");
  const stranger = await api.tenant("stranger");
  await assertError(
    await refresh(browser, { organisation_id: stranger.organisationId }),
    404,
    "NOT_FOUND",
  );
});

Deno.test("signing out ends the session, and again does nothing", async () => {
  await using api = await startTestApi(databases);
  const { browser } = await signIn(api);
  const copy = new TestBrowser(api);
  copy.cookies.set(COOKIE, browser.cookies.get(COOKIE)!);
  assert.equal((await browser.request("POST", "/api/v1/auth/sign-out")).status, 204);
  assert.equal(browser.cookies.has(COOKIE), false);
  await assertError(await refresh(browser), 401, "UNAUTHORIZED");
  await assertError(await refresh(copy), 401, "UNAUTHORIZED");
  assert.equal((await browser.request("POST", "/api/v1/auth/sign-out")).status, 204);
});

Deno.test("people see and end their own sessions alone, page by page", async () => {
  await using api = await startTestApi(databases);
  const { browser, signedIn, tenant } = await signIn(api);
  const other = new TestBrowser(api);
  await enter(other);
  const token = signedIn.access_token;
  const path = "/api/v1/auth/sessions";
  const first = await (await browser.request("GET", `${path}?limit=2`, { token })).json();
  assert.equal(first.sessions.length, 2);
  const cursor = encodeURIComponent(first.next_cursor);
  const rest = await (await browser.request("GET", `${path}?cursor=${cursor}`, { token })).json();
  const sessions = [...first.sessions, ...rest.sessions];
  assert.equal(sessions.length, 3);
  assert.deepEqual(sessions.map(({ current }) => current), [false, true, false]);
  assert.equal(sessions[0].user_agent, "Test browser");

  for (const id of [tenant.owner.sessionId, crypto.randomUUID(), "nothing"]) {
    await assertError(
      await browser.request("DELETE", `${path}/${id}`, { token }),
      404,
      "NOT_FOUND",
    );
  }
  const id = sessions[0].session_id;
  assert.equal((await browser.request("DELETE", `${path}/${id}`, { token })).status, 204);
  await assertError(await refresh(other), 401, "UNAUTHORIZED");
  assert.equal((await refresh(browser)).status, 200);
  await assertError(await api.request("GET", path), 401, "UNAUTHORIZED");
  await assertError(await api.request("GET", path, { as: tenant.client }), 403, "FORBIDDEN");
});

Deno.test("a browser has one session, and a person a bounded number", async () => {
  await using api = await startTestApi(databases);
  const { browser, tenant } = await signIn(api);
  const live = async () => {
    const [row] = await api.sql`SELECT count(*)::int AS count FROM login_sessions
      WHERE user_id = ${tenant.member.userId} AND revoked_at IS NULL`;
    return row!.count;
  };
  // The tenant comes with one of its own.
  assert.equal(await live(), 2);
  await enter(browser);
  assert.equal(await live(), 2);
  await api.sql`
    INSERT INTO login_sessions (session_id, user_id, family_hash, refresh_hash, expires_at)
    SELECT gen_random_uuid(), ${tenant.member.userId}, sha256(n::text::bytea), '',
      now() + interval '1 day' FROM generate_series(1, 60) n`;
  await enter(new TestBrowser(api));
  assert.equal(await live(), MAX_SESSIONS_PER_USER);
});

Deno.test("somebody disabled or in no organisation neither signs in nor refreshes", async () => {
  await using api = await startTestApi(databases);
  const { browser, tenant } = await signIn(api);
  const { userId } = tenant.member;
  const body = { email: "member@acme.example", password: PASSWORD };
  const path = "/api/v1/auth/password";
  await api.sql`UPDATE users SET disabled_at = now() WHERE user_id = ${userId}`;
  await assertError(await api.request("POST", path, { body }), 403, "FORBIDDEN");
  await assertError(await refresh(browser), 401, "UNAUTHORIZED");
  await api.sql`UPDATE users SET disabled_at = NULL WHERE user_id = ${userId}`;
  await enter(browser);
  await api.sql`DELETE FROM memberships WHERE user_id = ${userId}`;
  await assertError(await api.request("POST", path, { body }), 403, "FORBIDDEN");
  await assertError(await refresh(browser), 403, "FORBIDDEN");
});
