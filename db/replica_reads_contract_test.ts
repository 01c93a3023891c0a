import assert from "node:assert/strict";
import { connectDatabase, type Database } from "./connection.ts";
import { withFreshReads } from "./read_routing.ts";
import { MAX_REPLICA_LAG_MS, REPLICA_CHECK_INTERVAL_MS, ReplicaReads } from "./replica_reads.ts";
import { startTestReplication } from "./test_replication.ts";

/** A hundredth of a second each. */
const MAX_TRIES = 1_000;

/** Which server answers: the one in recovery is the replica. */
async function source(sql: Database): Promise<string> {
  const [row] = await sql<{ replica: boolean }[]>`SELECT pg_is_in_recovery() AS replica`;
  return row!.replica ? "replica" : "primary";
}

async function connected() {
  const servers = await startTestReplication();
  const primary = connectDatabase(servers.primary.url, "test");
  const replica = connectDatabase(servers.replica.url, "test");
  const clock = { nowMs: 0 };
  const events: string[] = [];
  const tell = (event: string) => events.push(event);
  const log = { info: tell, warn: tell };
  const reads = new ReplicaReads({ primary, replica, log, nowMs: () => clock.nowMs });
  return {
    servers,
    primary,
    replica,
    clock,
    events,
    reads,
    /** Where a read goes after what was found before no longer holds. */
    async routed(): Promise<string> {
      clock.nowMs += REPLICA_CHECK_INTERVAL_MS;
      return await reads.read(source);
    },
    async [Symbol.asyncDispose]() {
      await Promise.all([primary.end({ timeout: 1 }), replica.end({ timeout: 1 })]);
      await servers[Symbol.asyncDispose]();
    },
  };
}

/** Waits until the replica has replayed all that the primary has written. */
async function caughtUp(primary: Database, replica: Database): Promise<void> {
  const [end] = await primary<{ lsn: string }[]>`SELECT pg_current_wal_insert_lsn()::text AS lsn`;
  await until(
    replica,
    () => replica`SELECT pg_last_wal_replay_lsn() >= ${end!.lsn}::text::pg_lsn AS reached`,
  );
}

async function pauseReplay(replica: Database): Promise<void> {
  await replica`SELECT pg_wal_replay_pause()`;
  await until(replica, () => replica`SELECT pg_get_wal_replay_pause_state() = 'paused' AS reached`);
}

/** Asks the server until it says so. */
async function until(
  sql: Database,
  ask: () => Promise<readonly { readonly reached?: boolean }[]>,
): Promise<void> {
  for (let tries = 0; tries < MAX_TRIES; tries++) {
    if ((await ask())[0]?.reached) return;
    await sql`SELECT pg_sleep(0.01)`;
  }
  throw new Error("the replica does not get there");
}

Deno.test("lists come from a replica that follows, and show what was written", async () => {
  await using test = await connected();
  const { primary, replica } = test;
  await primary`INSERT INTO organisations (slug, name) VALUES ('acme', 'Acme')`;
  await caughtUp(primary, replica);
  assert.equal(await test.routed(), "replica");
  const rows = await test.reads.read((sql) =>
    sql`SELECT slug FROM organisations WHERE slug = 'acme'`
  );
  assert.equal(rows.length, 1);
  assert.deepEqual(test.events, ["lists are read from the replica"]);
});

Deno.test("whoever has just written reads from the primary", async () => {
  await using test = await connected();
  await caughtUp(test.primary, test.replica);
  assert.equal(await test.routed(), "replica");
  const fresh = await withFreshReads(async () => {
    await Promise.resolve();
    return await test.reads.read(source);
  });
  assert.equal(fresh, "primary");
  assert.equal(await test.reads.read(source), "replica");
});

Deno.test("a replica that is far behind is not read until it has caught up", async () => {
  await using test = await connected();
  const { primary, replica, clock } = test;
  await caughtUp(primary, replica);
  assert.equal(await test.routed(), "replica");
  await pauseReplay(replica);
  await primary.begin(async (sql) => {
    // Test servers write a commit a moment later otherwise.
    await sql`SET LOCAL synchronous_commit = on`;
    await sql`INSERT INTO organisations (slug, name) VALUES ('acme', 'Acme')`;
  });
  assert.equal(await test.routed(), "replica", "a replica may be a little behind");
  clock.nowMs += MAX_REPLICA_LAG_MS;
  assert.equal(await test.routed(), "primary");
  await replica`SELECT pg_wal_replay_resume()`;
  await caughtUp(primary, replica);
  assert.equal(await test.routed(), "replica");
});

Deno.test("the primary serves when the replica dies, in the same request", async () => {
  await using test = await connected();
  await caughtUp(test.primary, test.replica);
  assert.equal(await test.routed(), "replica");
  await test.servers.replica.stop();
  assert.equal(await test.reads.read(source), "primary", "before the next look");
  assert.equal(await test.routed(), "primary", "after it");
  assert.deepEqual(test.events, [
    "lists are read from the replica",
    "lists are read from the primary",
  ]);
});

Deno.test("a server that is no replica any more is not read", async () => {
  await using test = await connected();
  await caughtUp(test.primary, test.replica);
  assert.equal(await test.routed(), "replica");
  await test.replica`SELECT pg_promote()`;
  assert.equal(await test.routed(), "primary");
  assert.equal(await test.routed(), "primary");
});

Deno.test("what is wrong with a query is said by the primary", async () => {
  await using test = await connected();
  await caughtUp(test.primary, test.replica);
  await test.routed();
  await assert.rejects(test.reads.read((sql) => sql`SELECT nonsense`), /nonsense/);
});
