import assert from "node:assert/strict";
import { testDatabases } from "../../db/test_postgres.ts";
import { assertError } from "./testing/assert_error.ts";
import { startTestApi } from "./testing/test_api.ts";

const databases = testDatabases();
const COMMAND = new URL("./administer.ts", import.meta.url).pathname;
const CONFIGURATION = new URL("../../deno.json", import.meta.url).pathname;

/** The test's database behind the URL that the command gets. */
function operate(databaseUrl: string) {
  return async (...args: string[]) => {
    const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", "--no-check", "--quiet", "--config", CONFIGURATION, COMMAND, ...args],
      env: { DATABASE_URL: databaseUrl, DT_PUBLIC_URL: "https://tower.example" },
      stdin: "null",
    }).output();
    const decode = (bytes: Uint8Array) => new TextDecoder().decode(bytes).trimEnd();
    return { code, lines: decode(stdout).split("\n"), complaint: decode(stderr) };
  };
}

Deno.test("an organisation is created with a link for its first owner, and gets quotas", async () => {
  await using api = await startTestApi(databases);
  const run = operate(api.databaseUrl);
  const created = await run(
    "organisation",
    "create",
    "acme",
    "<b>Acme</b>",
    "--owner-email=ada@mail.example",
  );
  assert.equal(created.code, 0, created.complaint);
  const token = /^https:\/\/tower\.example\/invitation#([\w-]{43})$/.exec(created.lines.at(-1)!)
    ?.[1];
  const shown = await (await api.request("GET", `/api/v1/invitations/${token}`)).json();
  assert.deepEqual(
    [shown.organisation_name, shown.email, shown.role, shown.status],
    ["<b>Acme</b>", "ada@mail.example", "owner", "open"],
  );
  const again = await run("organisation", "create", "acme", "Acme", "--owner-email=a@mail.example");
  assert.deepEqual([again.code, again.complaint], [1, "another organisation has this slug"]);
  const quota = await run("organisation", "quota", "acme", "--members", "1", "--participants=5");
  assert.equal(quota.code, 0, quota.complaint);
  const full = await run("organisation", "invite", "acme", "eve@mail.example", "--role", "member");
  assert.deepEqual([full.code, full.complaint], [1, "no more than 1 members are allowed"]);
  const listed = await run("organisation", "list");
  assert.deepEqual(listed.lines.slice(1), [
    "acme\t1/1\t0/10000\t5\t<b>Acme</b>",
    "default\t0/10000\t0/10000\t10000\tDefault organisation",
  ]);
  const entries = await api.sql`SELECT actor, action FROM audit_log JOIN organisations o
    USING (organisation_id) WHERE o.slug = 'acme' ORDER BY sequence`;
  assert.deepEqual(entries.map(({ actor, action }) => `${actor} ${action}`), [
    "operator organisation.created",
    "operator member.invited",
    "operator organisation.quota_changed",
  ]);
});

Deno.test("a client that the operator makes gets access tokens", async () => {
  await using api = await startTestApi(databases);
  const run = operate(api.databaseUrl);
  const { code, lines } = await run("client", "create", "default", "Bot", "--scopes=meetings:read");
  assert.equal(code, 0);
  const body = Object.fromEntries([
    ["grant_type", "client_credentials"],
    ...lines.map((line) => line.split("=", 2)),
  ]);
  assert.equal((await api.request("POST", "/api/v1/auth/token", { body })).status, 200);
});

Deno.test("somebody who is disabled is signed out, until enabled again", async () => {
  await using api = await startTestApi(databases);
  const run = operate(api.databaseUrl);
  const { member } = await api.tenant("acme");
  const disabled = await run("user", "disable", "Member@acme.example");
  assert.equal(disabled.code, 0, disabled.complaint);
  const refused = await api.request("GET", "/api/v1/me", { as: member });
  await assertError(refused, 401, "UNAUTHORIZED");
  const sessions = async () =>
    await api.sql`SELECT FROM login_sessions WHERE user_id = ${member.userId}
      AND revoked_at IS NULL`;
  assert.equal((await sessions()).length, 0);
  const state = async () =>
    (await api.sql`SELECT disabled_at FROM users WHERE user_id = ${member.userId}`)[0];
  assert.ok((await state())?.disabled_at instanceof Date);
  assert.equal((await run("user", "enable", "member@acme.example")).code, 0);
  assert.equal((await state())?.disabled_at, null);
});

Deno.test("somebody who forgot the password gets a link from the operator", async () => {
  await using api = await startTestApi(databases);
  const { member } = await api.tenant("acme");
  const made = await operate(api.databaseUrl)("user", "password-link", "Member@acme.example");
  assert.equal(made.code, 0, made.complaint);
  const token = /^https:\/\/tower\.example\/reset-password#([\w-]{43})$/.exec(made.lines.at(-1)!)
    ?.[1];
  const body = { token, password: "quite another password" };
  const answer = await api.request("POST", "/api/v1/auth/reset-password", { body });
  assert.equal(answer.status, 200);
  assert.equal((await answer.json()).user.user_id, member.userId);
  const [entry] = await api.sql`SELECT actor, target FROM audit_log
    WHERE action = 'password_link.created'`;
  assert.deepEqual({ ...entry }, { actor: "operator", target: `user:${member.userId}` });
});

Deno.test("what cannot be done is said in one line", async () => {
  await using api = await startTestApi(databases);
  const run = operate(api.databaseUrl);
  const complaints = await Promise.all([
    run("organisation", "quota", "nowhere", "--members", "7"),
    run("user", "disable", "nobody@mail.example"),
    run("organisation", "destroy", "default"),
    operate("postgres://nobody@127.0.0.1:1/x")("organisation", "list"),
  ]);
  assert.deepEqual(complaints.map(({ code, complaint }) => `${code} ${complaint}`), [
    '1 no organisation "nowhere"',
    "1 nobody has the address nobody@mail.example",
    '1 there is no command "organisation destroy": see --help',
    "1 DATABASE_URL: nobody answers there",
  ]);
});
