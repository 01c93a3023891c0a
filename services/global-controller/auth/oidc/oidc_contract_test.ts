import assert from "node:assert/strict";
import { testDatabases } from "../../../../db/test_postgres.ts";
import { createSecretToken, hashSecretToken } from "../../organisation/secret_token.ts";
import { OidcBrowser } from "../../testing/oidc_browser.ts";
import { type ProviderPerson, startTestOidcProvider } from "../../testing/oidc_provider.ts";
import { startTestApi } from "../../testing/test_api.ts";
import type { OidcSettings } from "./oidc_settings.ts";

const databases = testDatabases();
const HOME = "https://tower.example/";
const CALLBACK = "https://tower.example/api/v1/auth/oidc/callback";
const COOKIE = "__Host-dt_refresh";

/** An API whose people sign in at a provider. */
async function setUp(settings: Partial<OidcSettings> = {}) {
  const provider = await startTestOidcProvider(CALLBACK);
  const { issuer, clientId, clientSecret } = provider;
  const api = await startTestApi(databases, {
    oidc: {
      issuer,
      clientId,
      clientSecret,
      name: "Our provider",
      scopes: "openid email profile",
      autoJoin: undefined,
      ...settings,
    },
  });
  const { member, ...acme } = await api.tenant("acme");
  return {
    api,
    provider,
    acme,
    member,
    browser: () => new OidcBrowser(api, provider),
    as(person: Partial<ProviderPerson>) {
      provider.person = {
        sub: "ada",
        email: "member@acme.example",
        email_verified: true,
        ...person,
      };
    },
    async invite(email: string) {
      const token = createSecretToken();
      await api.sql`INSERT INTO invitations (organisation_id, email, role, token_hash, expires_at)
        VALUES (${acme.organisationId}, ${email}, 'admin', ${await hashSecretToken(token)},
          now() + interval '7 days')`;
      return token;
    },
    async [Symbol.asyncDispose]() {
      await api[Symbol.asyncDispose]();
      await provider[Symbol.asyncDispose]();
    },
  };
}

/** Where somebody is sent who is not let in. */
const refused = (reason: string, returnTo = "/") =>
  `${HOME}sign-in?error=${reason}&return_to=${encodeURIComponent(returnTo)}`;

async function whoIs(browser: OidcBrowser) {
  const response = await browser.request("POST", "/api/v1/auth/refresh");
  return response.status === 200 ? (await response.json()).user : undefined;
}

Deno.test("a known person signs in at the provider and lands where they wanted", async () => {
  await using world = await setUp();
  world.as({});
  const browser = world.browser();
  const returnTo = "/m/abc-defg-hij?a=b#c";
  const landed = await browser.signIn(`?return_to=${encodeURIComponent(returnTo)}`);
  assert.equal(landed, `https://tower.example${returnTo}`);
  assert.equal((await whoIs(browser)).user_id, world.member.userId);
  const methods = await browser.request("GET", "/api/v1/auth/methods");
  assert.deepEqual((await methods.json()).oidc, {
    name: "Our provider",
    start_path: "/api/v1/auth/oidc/start",
  });
});

Deno.test("whoever signed in once is known by the identity, whatever the address says", async () => {
  await using world = await setUp();
  world.as({});
  await world.browser().signIn();
  world.as({ email: "renamed@elsewhere.example", email_verified: false });
  const browser = world.browser();
  assert.equal(await browser.signIn(), HOME);
  assert.equal((await whoIs(browser)).user_id, world.member.userId);
});

Deno.test("what the provider says of itself is read once for many sign-ins", async () => {
  await using world = await setUp();
  world.as({});
  await Promise.all([world.browser().signIn(), world.browser().signIn()]);
  await world.browser().signIn();
  const discoveries = world.provider.requests.filter((path) => path.includes("well-known"));
  assert.equal(discoveries.length, 1);
});

Deno.test("an address that the provider has not verified is nobody's", async () => {
  await using world = await setUp({ autoJoin: "acme" });
  for (const email_verified of [false, undefined]) {
    world.as({ email_verified });
    assert.equal(await world.browser().signIn(), refused("email_not_verified"));
  }
});

Deno.test("an address that only looks like another one in lower case is nobody's", async () => {
  await using world = await setUp();
  const invitation = await world.invite("kim@acme.example");
  world.as({ sub: "eve", email: "\u212aim@acme.example" });
  assert.equal(
    await world.browser().signIn(`?invitation=${invitation}`),
    refused("email_not_verified"),
  );
});

Deno.test("whoever comes back without having begun leaves nothing in the log", async () => {
  await using world = await setUp();
  for (const query of ["", "?state=made-up&code=made-up", "?error=access_denied"]) {
    const answer = await world.api.request("GET", `/api/v1/auth/oidc/callback${query}`);
    assert.equal(answer.status, 303);
  }
  assert.equal((await world.api.sql`SELECT FROM audit_log`).length, 0);
});

Deno.test("a stranger is let in by an invitation to the own address alone", async () => {
  await using world = await setUp();
  world.as({ sub: "eve", email: "eve@acme.example", name: "Eve" });
  const browser = world.browser();
  assert.equal(await browser.signIn(), refused("not_invited"));
  const others = await world.invite("other@acme.example");
  assert.equal(
    await browser.signIn(`?invitation=${others}`),
    refused("invitation_for_another_address"),
  );
  const unknown = createSecretToken();
  assert.equal(await browser.signIn(`?invitation=${unknown}`), refused("invitation_not_valid"));
  const own = await world.invite("EVE@acme.example");
  assert.equal(await browser.signIn(`?invitation=${own}`), HOME);
  assert.equal((await whoIs(browser)).display_name, "Eve");
  assert.equal(await world.browser().signIn(`?invitation=${own}`), refused("invitation_not_valid"));
});

Deno.test("where everybody joins, a stranger does, and whoever was removed stays out", async () => {
  await using world = await setUp({ autoJoin: "acme" });
  world.as({ sub: "eve", email: "eve@acme.example" });
  const browser = world.browser();
  assert.equal(await browser.signIn(), HOME);
  const user = await whoIs(browser);
  const [membership] = await world.api.sql`
    SELECT role FROM memberships WHERE user_id = ${user.user_id}`;
  assert.equal(membership!.role, "member");
  await world.api.sql`DELETE FROM memberships WHERE user_id = ${user.user_id}`;
  const again = world.browser();
  assert.match(await again.signIn(), /error=account_not_usable/);
  assert.equal(again.cookies.has(COOKIE), false);
});

Deno.test("an organisation without room takes nobody in", async () => {
  await using world = await setUp({ autoJoin: "acme" });
  await world.api.sql`UPDATE organisations SET max_members = 3 WHERE slug = 'acme'`;
  world.as({ sub: "eve", email: "eve@acme.example" });
  assert.equal(await world.browser().signIn(), refused("not_invited"));
  const found = await world.api.sql`SELECT FROM users WHERE email = 'eve@acme.example'`;
  assert.equal(found.length, 0);
});

Deno.test("a password set without proof of the address ends when its owner proves it", async () => {
  await using world = await setUp();
  const { sql } = world.api;
  const { userId, sessionId } = world.member;
  await sql`INSERT INTO passwords (user_id, hash) VALUES (${userId}, 'a hash')`;
  world.as({});
  assert.equal(await world.browser().signIn(), HOME);
  assert.equal((await sql`SELECT FROM passwords WHERE user_id = ${userId}`).length, 0);
  const [session] = await sql`
    SELECT revoked_at FROM login_sessions WHERE session_id = ${sessionId}`;
  assert.notEqual(session!.revoked_at, null);
});

Deno.test("somebody disabled is not let in", async () => {
  await using world = await setUp();
  await world.api.sql`UPDATE users SET disabled_at = now() WHERE user_id = ${world.member.userId}`;
  world.as({});
  assert.match(await world.browser().signIn(), /error=account_not_usable/);
});

Deno.test("while the provider is away nobody signs in, neither before it answered nor after", async () => {
  await using world = await setUp();
  world.as({});
  const browser = world.browser();
  const callback = await browser.visitProvider();
  await world.provider[Symbol.asyncDispose]();
  assert.equal(await browser.bringBack(callback), refused("provider_unavailable"));
});

Deno.test("a provider that cannot be discovered is asked again with the next sign-in", async () => {
  await using world = await setUp();
  world.provider.away = true;
  const browser = world.browser();
  assert.equal(await browser.bringBack("/api/v1/auth/oidc/start"), refused("provider_unavailable"));
  world.provider.away = false;
  world.as({});
  assert.equal(await browser.signIn(), HOME);
});

Deno.test("sign-ins that nobody finished are forgotten", async () => {
  await using world = await setUp();
  const { sql } = world.api;
  await world.browser().visitProvider();
  await sql`UPDATE oidc_sign_ins SET expires_at = now() - interval '1 second'`;
  await world.browser().visitProvider();
  assert.equal((await sql`SELECT FROM oidc_sign_ins`).length, 1);
});
