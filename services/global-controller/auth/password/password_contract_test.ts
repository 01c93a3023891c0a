import assert from "node:assert/strict";
import { testDatabases } from "../../../../db/test_postgres.ts";
import { assertError } from "../../testing/assert_error.ts";
import { TestBrowser } from "../../testing/browser.ts";
import { startTestApi, type TestApi, type TestApiOptions } from "../../testing/test_api.ts";
import { PostgresSignInThrottle } from "./postgres_sign_in_throttle.ts";
import { SecretHasher } from "../secret_hasher.ts";
import { REFUSAL_STEP_MS } from "../steady_refusal.ts";
import {
  MANY_FAILURES,
  MAX_FAILURES_PER_SOURCE,
  MAX_FAILURES_PER_SOURCE_OF_MANY,
} from "./sign_in_throttle.ts";

const databases = testDatabases();
const PATH = "/api/v1/auth/password";
const PASSWORD = "correct horse battery";
const passwordHash = await new SecretHasher().hash(PASSWORD);
const EMAIL = "member@acme.example";

async function setUp(options: TestApiOptions = {}) {
  const api = await startTestApi(databases, options);
  const tenant = await api.tenant("acme");
  const { userId } = tenant.member;
  await api.sql`INSERT INTO passwords (user_id, hash) VALUES (${userId}, ${passwordHash})`;
  return { api, tenant, [Symbol.asyncDispose]: () => api[Symbol.asyncDispose]() };
}

const signIn = (api: TestApi, password: string, address = "192.0.2.1", email = EMAIL) =>
  api.request("POST", PATH, { body: { email, password }, address });

const failuresOf = async ({ sql }: TestApi) => {
  const rows = await sql`SELECT details FROM audit_log WHERE action = 'user.sign_in_failed'`;
  return rows.length;
};

Deno.test("a wrong password, an unknown address and a person without a password look the same", async () => {
  await using world = await setUp();
  const { api } = world;
  const answers = [
    await signIn(api, "wrong"),
    await signIn(api, PASSWORD, "192.0.2.1", "nobody@acme.example"),
    await signIn(api, PASSWORD, "192.0.2.1", "owner@acme.example"),
    await signIn(api, PASSWORD, "192.0.2.1", "' OR 1=1 --"),
  ];
  const texts = await Promise.all(answers.map((answer) => answer.clone().text()));
  const bodies = texts.map((text) => JSON.parse(text).error.message);
  assert.equal(new Set(bodies).size, 1);
  for (const answer of answers) {
    assert.deepEqual(answer.headers.getSetCookie(), []);
    await assertError(answer, 401, "UNAUTHORIZED");
  }
  assert.equal(await failuresOf(api), 2);
});

Deno.test("an address with an account and one without are refused at the same step of time", async () => {
  await using world = await setUp();
  const { api } = world;
  for (const email of [EMAIL, "nobody@acme.example"]) {
    const startedMs = performance.now();
    assert.equal((await signIn(api, "wrong", "192.0.2.1", email)).status, 401);
    // A timer may be a millisecond early.
    assert.ok(performance.now() - startedMs >= REFUSAL_STEP_MS - 1, email);
  }
});

Deno.test("who guesses at one account is stopped, also when guessing in parallel", async () => {
  await using world = await setUp();
  const { api } = world;
  const answers = await Promise.all(Array.from({ length: 30 }, () => signIn(api, "wrong")));
  const refused = answers.filter(({ status }) => status === 401);
  assert.equal(refused.length, MAX_FAILURES_PER_SOURCE);
  const stopped = await signIn(api, PASSWORD);
  assert.ok(Number(stopped.headers.get("retry-after")) > 800);
  await assertError(stopped, 429, "RATE_LIMITED");
});

Deno.test("guessing locks neither the owner elsewhere nor anybody for ever", async () => {
  await using world = await setUp();
  const { api } = world;
  const throttle = new PostgresSignInThrottle(api.sql);
  for (let failure = 0; failure <= MANY_FAILURES; failure++) {
    await throttle.attempt(EMAIL, `address ${failure % 20}`);
  }
  // The account is under attack: an address that never failed has its tries all the same.
  for (let failure = 1; failure < MAX_FAILURES_PER_SOURCE_OF_MANY; failure++) {
    assert.equal((await signIn(api, "wrong")).status, 401);
  }
  assert.equal((await signIn(api, PASSWORD)).status, 200);
  assert.equal((await throttle.attempt(EMAIL, "address 1")).allowed, false);
  await api.sql`UPDATE sign_in_failures SET window_ends_at = now() - interval '1 second'`;
  assert.equal((await throttle.attempt(EMAIL, "address 1")).allowed, true);
});

Deno.test("wrong passwords are forgotten with the right one, and when their window is over", async () => {
  await using world = await setUp();
  const { api } = world;
  for (let round = 0; round < 2; round++) {
    for (let failure = 1; failure < MAX_FAILURES_PER_SOURCE; failure++) {
      await new PostgresSignInThrottle(api.sql).attempt(EMAIL, "192.0.2.1");
    }
    assert.equal((await signIn(api, PASSWORD)).status, 200);
  }
  const left = () => api.sql`SELECT FROM sign_in_failures`;
  assert.equal((await left()).length, 0);
  await signIn(api, "wrong", "192.0.2.2");
  await api.sql`UPDATE sign_in_failures SET window_ends_at = now() - interval '1 second'`;
  await signIn(api, PASSWORD);
  assert.equal((await left()).length, 0);
});

Deno.test("a changed password takes the old one, and ends all other sessions", async () => {
  await using world = await setUp();
  const { api } = world;
  const [browser, other] = [new TestBrowser(api), new TestBrowser(api)];
  const body = { email: EMAIL, password: PASSWORD };
  const { access_token: token } = await (await browser.request("POST", PATH, { body })).json();
  await other.request("POST", PATH, { body });
  const change = (current_password: string, new_password: string) =>
    browser.request("PUT", PATH, { token, body: { current_password, new_password } });
  await assertError(await change("wrong", "another long one"), 401, "UNAUTHORIZED");
  const short = await change(PASSWORD, "too short");
  assert.match(await short.clone().text(), /at least 12 characters/);
  await assertError(short, 400, "INVALID_REQUEST");
  assert.equal((await change(PASSWORD, "another long one")).status, 204);
  const refresh = "/api/v1/auth/refresh";
  assert.equal((await browser.request("POST", refresh)).status, 200);
  assert.equal((await other.request("POST", refresh)).status, 401);
  assert.equal((await signIn(api, PASSWORD)).status, 401);
  assert.equal((await signIn(api, "another long one")).status, 200);
});

Deno.test("only a person with a password changes it", async () => {
  await using world = await setUp();
  const { api, tenant } = world;
  const body = { current_password: PASSWORD, new_password: "another long one" };
  await assertError(await api.request("PUT", PATH, { body }), 401, "UNAUTHORIZED");
  await assertError(await api.request("PUT", PATH, { body, as: tenant.client }), 403, "FORBIDDEN");
  await assertError(await api.request("PUT", PATH, { body, as: tenant.owner }), 409, "CONFLICT");
});

Deno.test("where the operator allows no passwords, there are none", async () => {
  await using world = await setUp({ passwords: false });
  const { api } = world;
  await assertError(await signIn(api, PASSWORD), 404, "NOT_FOUND");
  const methods = await (await api.request("GET", "/api/v1/auth/methods")).json();
  assert.deepEqual(methods, { password: false, oidc: null });
});
