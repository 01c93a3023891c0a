import assert from "node:assert/strict";
import { createLocalJWKSet, jwtVerify } from "jose";
import type { Database } from "../../../../db/connection.ts";
import { testDatabases } from "../../../../db/test_postgres.ts";
import { createLogger } from "../../../runtime/log.ts";
import { createSigningKey } from "../../testing/test_keys.ts";
import { issueAccessToken, type TokenHolder, verifyAccessToken } from "../token/access_token.ts";
import { issueJoinToken } from "../token/join_token.ts";
import { JWKS_LIFETIME_S, KEY_LEAD_MS, KeyRing, RELOAD_INTERVAL_MS } from "./key_ring.ts";
import { PostgresSigningKeyStore } from "./postgres_signing_key_store.ts";
import { SealingKey } from "../sealed_key.ts";
import { KEY_PURPOSES } from "./token_keys.ts";

const databases = testDatabases();
const START_MS = Date.UTC(2026, 0, 1);
const HOUR_MS = 3_600_000;
const ADA: TokenHolder = {
  kind: "client",
  clientId: "ada",
  organisationId: "organisation",
  scopes: new Set(["meetings:read"]),
};

interface Clock {
  nowMs: number;
}

/** Global controllers that share a database and a setting, by one clock. */
async function setUp(sql: Database, setting?: string) {
  const clock: Clock = { nowMs: START_MS };
  const signingKey = setting ?? await createSigningKey();
  const store = new PostgresSigningKeyStore(sql);
  let reads = 0;
  const counted = {
    listPublished: (nowMs: number) => (reads++, store.listPublished(nowMs)),
    add: store.add.bind(store),
    withdraw: store.withdraw.bind(store),
  };
  const ring = async () =>
    new KeyRing({
      store: counted,
      sealing: await SealingKey.derive(signingKey, "signing keys"),
      log: createLogger("test"),
      signsForMs: HOUR_MS,
      now: () => clock.nowMs,
    });
  return { clock, ring, store, reads: () => reads };
}

const kidOf = async (ring: KeyRing) => (await ring.signingKey("access")).kid;

Deno.test("controllers that start at the same time share one key of each kind", async () => {
  await using database = await databases.create();
  const { ring, store } = await setUp(database.sql);
  const rings = await Promise.all(Array.from({ length: 8 }, ring));
  const kids = await Promise.all(rings.map(kidOf));
  assert.equal(new Set(kids).size, 1);
  const stored = await store.listPublished(START_MS);
  assert.deepEqual(stored.map(({ purpose }) => purpose).sort(), [...KEY_PURPOSES]);
});

Deno.test("whoever asks while the first keys are being made waits for them", async () => {
  await using database = await databases.create();
  const { ring } = await setUp(database.sql);
  const one = await ring();
  const asked: Promise<unknown>[] = [];
  for (let turn = 0; turn < 50; turn++) {
    asked.push(one.signingKey("join"), one.signingKey("access"), one.jwks());
    await new Promise((resolve) => setTimeout(resolve));
  }
  assert.equal(new Set((await Promise.all(asked)).map((answer) => JSON.stringify(answer))).size, 3);
});

Deno.test("nobody is refused while keys rotate, and each new key is published before it signs", async () => {
  await using database = await databases.create();
  const { clock, ring } = await setUp(database.sql);
  const [one, other] = [await ring(), await ring()];
  // A meeting controller reads with its heartbeat, anyone else keeps what was served.
  const controller = { keys: createLocalJWKSet({ keys: [] }), readAtMs: -Infinity };
  const outsider = { keys: createLocalJWKSet({ keys: [] }), readAtMs: -Infinity };
  const live: { token: string; untilMs: number }[] = [];
  const kids = new Set<string>();
  for (let step = 0; clock.nowMs < START_MS + 4 * HOUR_MS; step++) {
    clock.nowMs += 20_000;
    const issuer = step % 2 === 0 ? one : other;
    const verifier = step % 3 === 0 ? one : other;
    if (clock.nowMs - outsider.readAtMs >= JWKS_LIFETIME_S * 1_000) {
      outsider.keys = createLocalJWKSet(JSON.parse(await other.jwks()));
      outsider.readAtMs = clock.nowMs;
    }
    const token = await issueAccessToken(issuer, ADA, clock.nowMs);
    live.push({ token, untilMs: clock.nowMs + HOUR_MS });
    kids.add(await kidOf(issuer));
    while (live[0]!.untilMs <= clock.nowMs) live.shift();
    for (const { token } of [live[0]!, live.at(-1)!]) {
      assert.deepEqual(await verifyAccessToken(verifier, token, clock.nowMs), ADA);
      await jwtVerify(token, outsider.keys, { currentDate: new Date(clock.nowMs) });
    }
    const grant = {
      controllerId: "mc",
      meetingId: "m",
      participantId: "p",
      role: "host",
      grants: [],
    } as const;
    const join = await issueJoinToken(issuer, grant, clock.nowMs);
    if (controller.readAtMs > -Infinity) {
      await jwtVerify(join.token, controller.keys, { currentDate: new Date(clock.nowMs) });
    }
    controller.keys = createLocalJWKSet(JSON.parse(await verifier.jwks(["join"])));
    controller.readAtMs = clock.nowMs;
  }
  assert.ok(kids.size >= 4, `${kids.size} keys signed`);
  const { keys } = JSON.parse(await one.jwks());
  assert.ok(keys.length <= 6, `${keys.length} keys are published`);
});

Deno.test("an operator's rotation signs with a new key after the lead time", async () => {
  await using database = await databases.create();
  const { clock, ring } = await setUp(database.sql);
  const [one, operator] = [await ring(), await ring()];
  const before = await kidOf(one);
  const token = await issueAccessToken(one, ADA, clock.nowMs);
  await operator.rotateNow();
  clock.nowMs += KEY_LEAD_MS - 1_000;
  assert.equal(await kidOf(one), before);
  assert.equal(JSON.parse(await one.jwks(["access"])).keys.length, 2);
  clock.nowMs += 1_000;
  assert.notEqual(await kidOf(one), before);
  assert.deepEqual(await verifyAccessToken(one, token, clock.nowMs), ADA);
});

Deno.test("keys that were withdrawn verify nothing once the ring is read again", async () => {
  await using database = await databases.create();
  const { clock, ring } = await setUp(database.sql);
  const [one, operator] = [await ring(), await ring()];
  const token = await issueAccessToken(one, ADA, clock.nowMs);
  await operator.rotateNow({ withdraw: true });
  clock.nowMs += 5_000;
  await assert.rejects(verifyAccessToken(one, token, clock.nowMs));
  const fresh = await issueAccessToken(one, ADA, clock.nowMs);
  assert.deepEqual(await verifyAccessToken(operator, fresh, clock.nowMs), ADA);
});

Deno.test("tokens that name unknown keys make the ring read the database once a second at most", async () => {
  await using database = await databases.create();
  const { clock, ring, reads } = await setUp(database.sql);
  const one = await ring();
  await kidOf(one);
  const before = reads();
  clock.nowMs += RELOAD_INTERVAL_MS;
  await Promise.all(
    Array.from({ length: 100 }, () => one.verificationKey("access", crypto.randomUUID())),
  );
  assert.equal(reads() - before, 1);
});

Deno.test("a key that another controller just made is found at once", async () => {
  await using database = await databases.create();
  const { clock, ring } = await setUp(database.sql);
  const [one, other] = [await ring(), await ring()];
  await kidOf(one);
  await other.rotateNow({ withdraw: true });
  clock.nowMs += RELOAD_INTERVAL_MS;
  const token = await issueAccessToken(other, ADA, clock.nowMs);
  assert.deepEqual(await verifyAccessToken(one, token, clock.nowMs), ADA);
});

Deno.test("while the database is away the keys read last sign and verify", async () => {
  await using database = await databases.create();
  const { clock, store } = await setUp(database.sql);
  let away = false;
  const asked = <Value>(ask: () => Promise<Value>) =>
    away ? Promise.reject(new Error("the database is away")) : ask();
  const ring = new KeyRing({
    store: {
      listPublished: (nowMs) => asked(() => store.listPublished(nowMs)),
      add: (...args) => asked(() => store.add(...args)),
      withdraw: (kids) => asked(() => store.withdraw(kids)),
    },
    sealing: await SealingKey.derive(await createSigningKey(), "signing keys"),
    log: createLogger("test"),
    signsForMs: HOUR_MS,
    now: () => clock.nowMs,
  });
  const token = await issueAccessToken(ring, ADA, clock.nowMs);
  away = true;
  clock.nowMs += HOUR_MS - 1_000;
  assert.deepEqual(await verifyAccessToken(ring, token, clock.nowMs), ADA);
  clock.nowMs += 60_000;
  const late = await issueAccessToken(ring, ADA, clock.nowMs);
  assert.deepEqual(await verifyAccessToken(ring, late, clock.nowMs), ADA);
});

Deno.test("after DT_SIGNING_KEY changed, tokens verify on and a new key signs", async () => {
  await using database = await databases.create();
  const { clock, ring } = await setUp(database.sql);
  const before = await ring();
  const token = await issueAccessToken(before, ADA, clock.nowMs);
  const { ring: ringAfter } = await setUp(database.sql);
  const after = await ringAfter();
  assert.deepEqual(await verifyAccessToken(after, token, START_MS), ADA);
  assert.notEqual(await kidOf(after), await kidOf(before));
});

Deno.test("neither the database nor the key set tells a private key", async () => {
  await using database = await databases.create();
  const { ring } = await setUp(database.sql);
  const { keys } = JSON.parse(await (await ring()).jwks());
  assert.equal(keys.length, 2);
  for (const key of keys) {
    assert.deepEqual(Object.keys(key).sort(), ["alg", "crv", "kid", "kty", "use", "x"]);
  }
  const rows = await database.sql`SELECT * FROM signing_keys`;
  for (const row of rows) {
    assert.doesNotMatch(JSON.stringify(row.public_jwk), /"d"/);
    assert.doesNotMatch(new TextDecoder("latin1").decode(row.sealed_private_jwk), /OKP|"d"/);
  }
});
