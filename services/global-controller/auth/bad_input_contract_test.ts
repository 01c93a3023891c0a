import assert from "node:assert/strict";
import { exportJWK, generateKeyPair, type JWTHeaderParameters, SignJWT } from "jose";
import { testDatabases } from "../../../db/test_postgres.ts";
import { assertError } from "../testing/assert_error.ts";
import { TestBrowser } from "../testing/browser.ts";
import { OidcBrowser } from "../testing/oidc_browser.ts";
import { startTestOidcProvider } from "../testing/oidc_provider.ts";
import { startTestApi, type TestApi } from "../testing/test_api.ts";
import { issueJoinToken } from "./token/join_token.ts";
import { MAX_CONCURRENT_HASHES, MAX_WAITING_HASHES } from "./secret_hasher.ts";

const databases = testDatabases();
const CALLBACK = "https://tower.example/api/v1/auth/oidc/callback";
const REFRESH_COOKIE = "__Host-dt_refresh";

/** What a test changes of a token that would be good. */
interface Forgery {
  readonly header?: Partial<JWTHeaderParameters>;
  readonly claims?: Record<string, unknown>;
  readonly key?: CryptoKey | Uint8Array;
}

/** Sends access tokens of an organisation's client that differ from a good one. */
async function tokenForger(api: TestApi) {
  const { client } = await api.tenant("acme");
  const { kid, key: good } = await api.keys.signingKey("access");
  const nowS = Math.floor(Date.now() / 1_000);
  const forge = ({ header, claims, key = good }: Forgery = {}) =>
    new SignJWT({
      iss: "dark-tower",
      aud: "global-controller",
      sub: client.clientId,
      client_id: client.clientId,
      org: client.organisationId,
      scope: "meetings:read meetings:write",
      iat: nowS,
      exp: nowS + 60,
      ...claims,
    }).setProtectedHeader({ alg: "EdDSA", typ: "at+jwt", kid, ...header }).sign(key);
  const send = (token: string) =>
    api.request("GET", "/api/v1/meetings", { headers: { authorization: `Bearer ${token}` } });
  return { forge, send, kid, nowS };
}

Deno.test("input 14: no forged token opens the API", async () => {
  await using api = await startTestApi(databases);
  const { forge, send, kid } = await tokenForger(api);
  assert.equal((await send(await forge())).status, 200);

  const publicJwk = await exportJWK((await api.keys.verificationKey("access", kid))!);
  const own = await generateKeyPair("EdDSA", { extractable: true });
  const ownJwk = await exportJWK(own.publicKey);
  const publicBytes = new TextEncoder().encode(JSON.stringify(publicJwk));
  const rawPublicKey = Uint8Array.fromBase64(publicJwk.x!, { alphabet: "base64url" });
  const unsigned = (await forge()).split(".")[1];
  const none = btoa(JSON.stringify({ alg: "none", typ: "at+jwt", kid })).replaceAll("=", "");
  const forgeries: Record<string, string> = {
    "algorithm none": `${none}.${unsigned}.`,
    "HS256 under the public JWK": await forge({ header: { alg: "HS256" }, key: publicBytes }),
    "HS256 under the public bytes": await forge({ header: { alg: "HS256" }, key: rawPublicKey }),
    "another audience": await forge({ claims: { aud: "meeting-controller" } }),
    "another issuer": await forge({ claims: { iss: "elsewhere" } }),
    "another type": await forge({ header: { typ: "JWT" } }),
    "a path as key id": await forge({ header: { kid: "../../x" } }),
    "an embedded key": await forge({ header: { jwk: ownJwk }, key: own.privateKey }),
    "a key elsewhere": await forge({
      header: { jku: "https://evil.example/jwks.json", kid: "evil" },
      key: own.privateKey,
    }),
    "an embedded certificate": await forge({
      header: { x5u: "https://evil.example/x.pem", x5c: ["AAAA"] },
      key: own.privateKey,
    }),
  };
  for (const [name, token] of Object.entries(forgeries)) {
    const response = await send(token);
    assert.equal(response.status, 401, name);
    await assertError(response, 401, "UNAUTHORIZED");
  }
});

Deno.test("input 15: a token that expired six seconds ago, or is not valid yet, opens nothing", async () => {
  await using api = await startTestApi(databases);
  const { forge, send, nowS } = await tokenForger(api);
  const refused = async (claims: Record<string, unknown>) =>
    await assertError(await send(await forge({ claims })), 401, "UNAUTHORIZED");
  assert.equal((await send(await forge({ claims: { exp: nowS - 2 } }))).status, 200);
  await refused({ exp: nowS - 6 });
  await refused({ nbf: nowS + 60 });
  await refused({ iat: nowS + 60 });
});

Deno.test("input 17: a join token opens no API, and an access token has no join token's key", async () => {
  await using api = await startTestApi(databases);
  const { forge, send } = await tokenForger(api);
  const grant = {
    controllerId: "global-controller",
    meetingId: crypto.randomUUID(),
    participantId: crypto.randomUUID(),
    role: "host",
    grants: [],
  } as const;
  const { token } = await issueJoinToken(api.keys, grant);
  await assertError(await send(token), 401, "UNAUTHORIZED");
  const join = await api.keys.signingKey("join");
  const crossed = await forge({ header: { kid: join.kid }, key: join.key });
  await assertError(await send(crossed), 401, "UNAUTHORIZED");
  const joinKeys = JSON.parse(await api.keys.jwks(["join"])).keys;
  const { kid } = await api.keys.signingKey("access");
  assert.ok(joinKeys.every((key: { kid: string }) => key.kid !== kid));
});

Deno.test("input 30: another site's page neither signs anybody in or out nor refreshes", async () => {
  await using api = await startTestApi(databases);
  const { member } = await api.tenant("acme");
  await api.sql`INSERT INTO passwords (user_id, hash)
    VALUES (${member.userId}, ${await api.hasher.hash("correct horse battery")})`;
  const browser = new TestBrowser(api);
  const body = { email: "member@acme.example", password: "correct horse battery" };
  await browser.request("POST", "/api/v1/auth/password", { body });
  const cookie = browser.cookies.get(REFRESH_COOKIE);
  assert.ok(cookie);
  const sources = [
    { "sec-fetch-site": "cross-site", origin: "https://evil.example" },
    { "sec-fetch-site": "same-site", origin: "https://evil.tower.example" },
    { "sec-fetch-site": "same-origin", origin: "https://evil.example" },
    { "sec-fetch-site": "cross-site", origin: "null" },
  ];
  const types = [
    "application/x-www-form-urlencoded",
    "multipart/form-data; boundary=x",
    "text/plain",
    "application/json",
  ];
  for (const source of sources) {
    for (const type of types) {
      for (const path of ["refresh", "sign-out", "password", "accept-invitation"]) {
        const response = await browser.request("POST", `/api/v1/auth/${path}`, {
          body: { ...body, token: "x" },
          headers: { ...source, "content-type": type },
        });
        assert.ok([400, 403].includes(response.status), `${path} ${type} ${response.status}`);
        assert.deepEqual(response.headers.getSetCookie(), []);
        if (type === "application/json") await assertError(response, 403, "FORBIDDEN");
      }
    }
  }
  const bare = await browser.request("POST", "/api/v1/auth/sign-out", { headers: sources[0] });
  await assertError(bare, 403, "FORBIDDEN");
  assert.equal(browser.cookies.get(REFRESH_COOKIE), cookie);
  assert.equal((await browser.request("POST", "/api/v1/auth/refresh")).status, 200);
});

/** An API, its provider, and Ada, who is known to both. */
async function oidcWorld() {
  const provider = await startTestOidcProvider(CALLBACK);
  provider.person = { sub: "ada", email: "member@acme.example", email_verified: true };
  const { issuer, clientId, clientSecret } = provider;
  const settings = { name: "Provider", scopes: "openid email", autoJoin: undefined };
  const api = await startTestApi(databases, {
    oidc: { issuer, clientId, clientSecret, ...settings },
  });
  await api.tenant("acme");
  return {
    browser: () => new OidcBrowser(api, provider),
    async [Symbol.asyncDispose]() {
      await api[Symbol.asyncDispose]();
      await provider[Symbol.asyncDispose]();
    },
  };
}

/** `callback` with other parameters. */
function changed(callback: string, changes: Record<string, string | undefined>): string {
  const url = new URL(callback, "https://tower.example");
  for (const [name, value] of Object.entries(changes)) {
    if (value === undefined) url.searchParams.delete(name);
    else url.searchParams.set(name, value);
  }
  return url.pathname + url.search;
}

function assertNobody(browser: OidcBrowser, landed: string, reason: string): void {
  assert.equal(new URL(landed).searchParams.get("error"), reason);
  assert.equal(browser.cookies.has(REFRESH_COOKIE), false);
}

Deno.test("input 30: an answer of another issuer, or without one, is refused", async () => {
  await using world = await oidcWorld();
  for (const iss of ["https://evil.example", undefined]) {
    const browser = world.browser();
    const callback = changed(await browser.visitProvider(), { iss });
    assertNobody(browser, await browser.bringBack(callback), "refused_by_provider");
  }
});

Deno.test("input 30: a code works once, in the sign-in that it was given for", async () => {
  await using world = await oidcWorld();
  const browser = world.browser();
  const [first, second] = [await browser.visitProvider(), await browser.visitProvider()];
  const code = new URL(first, CALLBACK).searchParams.get("code")!;
  // PKCE: the second sign-in does not know the first one's verifier.
  const swapped = await browser.bringBack(changed(second, { code }));
  assertNobody(browser, swapped, "refused_by_provider");
  const other = world.browser();
  const third = await other.visitProvider();
  assertNobody(
    other,
    await other.bringBack(changed(third, { code })),
    "refused_by_provider",
  );
});

Deno.test("input 30: a callback works once, also when it comes many times at once", async () => {
  await using world = await oidcWorld();
  const browser = world.browser();
  const callback = await browser.visitProvider();
  const landed = await Promise.all(Array.from({ length: 10 }, () => browser.bringBack(callback)));
  assert.equal(landed.filter((url) => url === "https://tower.example/").length, 1);
  browser.cookies.delete(REFRESH_COOKIE);
  assertNobody(browser, await browser.bringBack(callback), "sign_in_expired");
});

Deno.test("input 30: a callback works in the browser that began alone, and stays good there", async () => {
  await using world = await oidcWorld();
  const [victim, attacker] = [world.browser(), world.browser()];
  const callback = await attacker.visitProvider();
  assertNobody(victim, await victim.bringBack(callback), "sign_in_expired");
  await victim.visitProvider();
  assertNobody(victim, await victim.bringBack(callback), "sign_in_expired");
  assert.equal(await attacker.bringBack(callback), "https://tower.example/");
});

Deno.test("input 30: a state that was made up, changed or left out is refused", async () => {
  await using world = await oidcWorld();
  const browser = world.browser();
  const callback = await browser.visitProvider();
  for (const state of ["x".repeat(43), "", undefined, "' OR true --", "\0"]) {
    const landed = await browser.bringBack(changed(callback, { state }));
    assertNobody(browser, landed, "sign_in_expired");
  }
  const long = await browser.bringBack(changed(callback, { code: "x".repeat(10_000) }));
  assertNobody(browser, long, "refused_by_provider");
});

Deno.test("input 30: what the provider refuses is told as refused", async () => {
  await using world = await oidcWorld();
  const browser = world.browser();
  const callback = await browser.visitProvider();
  const denied = changed(callback, { code: undefined, error: "access_denied" });
  assertNobody(browser, await browser.bringBack(denied), "refused_by_provider");
});

Deno.test("input 30: nobody is sent to another site after signing in", async () => {
  await using world = await oidcWorld();
  const browser = world.browser();
  for (const path of ["https://evil.example/", "//evil.example", "/\\evil.example", "m"]) {
    const query = `?return_to=${encodeURIComponent(path)}`;
    await assertError(
      await browser.request("GET", `/api/v1/auth/oidc/start${query}`),
      400,
      "INVALID_REQUEST",
    );
  }
});

Deno.test("input 31: of 200 secret checks at once some are refused, and health goes on", async () => {
  await using api = await startTestApi(databases);
  const check = (index: number) =>
    api.request("POST", "/api/v1/auth/token", {
      body: {
        grant_type: "client_credentials",
        client_id: `nobody ${index}`,
        client_secret: "guess",
      },
    });
  // The first of all makes the decoy.
  await check(0);
  const checks = Array.from({ length: 200 }, (_, index) => check(index));
  let working = true;
  const done = Promise.all(checks).finally(() => working = false);
  const healthMs: number[] = [];
  while (working) {
    const start = performance.now();
    assert.equal((await api.request("GET", "/api/v1/health")).status, 200);
    healthMs.push(performance.now() - start);
    await new Promise((resolve) => setTimeout(resolve));
  }
  const statuses = (await done).map(({ status }) => status);
  const refused = statuses.filter((status) => status === 503).length;
  assert.equal(refused, 200 - MAX_CONCURRENT_HASHES - MAX_WAITING_HASHES);
  assert.equal(statuses.filter((status) => status === 401).length, 200 - refused);
  healthMs.sort((a, b) => a - b);
  const p99Ms = healthMs[Math.floor(healthMs.length * 0.99)]!;
  assert.ok(p99Ms < 1_000, `health answered in ${p99Ms} ms (p99 of ${healthMs.length})`);
});
