import assert from "node:assert/strict";
import { testDatabases } from "../../db/test_postgres.ts";
import { createLogger } from "../runtime/log.ts";
import {
  issueAccessToken,
  type TokenHolder,
  verifyAccessToken,
} from "./auth/token/access_token.ts";
import { openKeyRing } from "./auth/signing/open_key_ring.ts";
import { createSigningKey } from "./testing/test_keys.ts";

const databases = testDatabases();
const COMMAND = new URL("./rotate_keys.ts", import.meta.url).pathname;
const CONFIGURATION = new URL("../../deno.json", import.meta.url).pathname;
const HOLDER: TokenHolder = {
  kind: "client",
  clientId: "client",
  organisationId: "organisation",
  scopes: new Set(["meetings:read"]),
};

/** Runs the command as an operator does. */
async function rotate(env: Record<string, string>, ...args: string[]) {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--no-check", "--quiet", "--config", CONFIGURATION, COMMAND, ...args],
    env,
    stdin: "null",
  }).output();
  const decode = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  return { code, told: decode(stdout), complaint: decode(stderr) };
}

Deno.test("the operator's command publishes new keys beside those that sign", async () => {
  await using database = await databases.create();
  const signingKey = await createSigningKey();
  const env = { DATABASE_URL: database.url, DT_SIGNING_KEY: signingKey };
  const settings = { signingKey, signsForMs: 3_600_000 };
  const log = createLogger("test");
  const running = await openKeyRing(settings, database.sql, log);
  const token = await issueAccessToken(running, HOLDER);
  const { code, told, complaint } = await rotate(env);
  assert.equal(code, 0, complaint);
  assert.match(told, /sign in 120 seconds/);
  const other = await openKeyRing(settings, database.sql, log);
  assert.equal(JSON.parse(await other.jwks()).keys.length, 4);
  assert.deepEqual(await verifyAccessToken(other, token), HOLDER);
});

Deno.test("keys that the operator withdraws are good for nothing", async () => {
  await using database = await databases.create();
  const signingKey = await createSigningKey();
  const env = { DATABASE_URL: database.url, DT_SIGNING_KEY: signingKey };
  const settings = { signingKey, signsForMs: 3_600_000 };
  const log = createLogger("test");
  const token = await issueAccessToken(await openKeyRing(settings, database.sql, log), HOLDER);
  const { code, complaint } = await rotate(env, "--withdraw");
  assert.equal(code, 0, complaint);
  const other = await openKeyRing(settings, database.sql, log);
  await assert.rejects(verifyAccessToken(other, token));
  assert.deepEqual(await verifyAccessToken(other, await issueAccessToken(other, HOLDER)), HOLDER);
});

Deno.test("a command that is not understood explains itself", async () => {
  const { code, complaint } = await rotate({ DATABASE_URL: "postgres://x" }, "--nonsense");
  assert.equal(code, 2);
  assert.match(complaint, /--withdraw is for keys/);
});
