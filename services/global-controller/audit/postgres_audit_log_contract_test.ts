import assert from "node:assert/strict";
import fc from "fast-check";
import { testDatabases } from "../../../db/test_postgres.ts";
import { type AuditEntry, OPERATOR_CHAIN } from "./audit_log.ts";
import { auditRowHash, GENESIS_HASH } from "./audit_row.ts";
import { PostgresAuditLog } from "./postgres_audit_log.ts";
import { PostgresAuditReader } from "./postgres_audit_reader.ts";
import { verifyChain } from "./chain_verifier.ts";

const databases = testDatabases();
const ORGANISATION = "6f1b1a52-0f6e-4b1e-9a53-0d6f6f0c0001";
const PARALLEL_ENTRIES = 300;

function entry(n: number): AuditEntry {
  return {
    organisationId: ORGANISATION,
    actor: "user:ada",
    action: "meeting.created",
    target: `meeting:${n}`,
    details: { n },
  };
}

Deno.test("rows follow one another from 1, each with the hash of the one before it", async () => {
  await using database = await databases.create();
  const log = new PostgresAuditLog(database.sql);
  for (const n of [1, 2, 3]) await log.record(entry(n));
  const rows = await new PostgresAuditReader(database.sql).rows(ORGANISATION, { limit: 10 });
  assert.deepEqual(rows.map(({ sequence }) => sequence), [1, 2, 3]);
  assert.deepEqual(rows.map(({ target }) => target), ["meeting:1", "meeting:2", "meeting:3"]);
  assert.equal(rows[0]!.previousHash, GENESIS_HASH);
  assert.equal(rows[1]!.previousHash, rows[0]!.rowHash);
  assert.equal(rows[2]!.previousHash, rows[1]!.rowHash);
});

Deno.test("the database and the verifier make the same hash of any text and any JSON", async () => {
  await using database = await databases.create();
  const log = new PostgresAuditLog(database.sql);
  const text = fc.string({ unit: "binary", maxLength: 40 });
  const entries = fc.record({
    organisationId: fc.constant(ORGANISATION),
    actor: text,
    action: text,
    target: text,
    details: fc.dictionary(text, fc.jsonValue().map((value) => value as never)),
    requestId: fc.option(text, { nil: undefined }),
    address: fc.option(text, { nil: undefined }),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(entries, { minLength: 1, maxLength: 20 }), async (some) => {
      await Promise.all(some.map((one) => log.record(one)));
    }),
    { numRuns: 50, verbose: 1 },
  );
  const reader = new PostgresAuditReader(database.sql);
  const rows = await reader.rows(ORGANISATION, { limit: 2_000 });
  assert.ok(rows.length >= 50);
  for (const row of rows) assert.equal(auditRowHash(row), row.rowHash, JSON.stringify(row));
});

Deno.test("entries of many writers at once make one chain without gaps", async () => {
  await using database = await databases.create();
  const logs = [1, 2, 3].map(() => new PostgresAuditLog(database.sql));
  await Promise.all(
    Array.from({ length: PARALLEL_ENTRIES }, (_, n) => logs[n % logs.length]!.record(entry(n))),
  );
  const reader = new PostgresAuditReader(database.sql);
  const verdict = await reader.readChain(ORGANISATION, verifyChain);
  assert.deepEqual(verdict, { valid: true, rows: PARALLEL_ENTRIES });
});

Deno.test("each organisation has a chain of its own, and so has the operator", async () => {
  await using database = await databases.create();
  const log = new PostgresAuditLog(database.sql);
  await log.record(entry(1));
  await log.record({ ...entry(2), organisationId: null });
  const reader = new PostgresAuditReader(database.sql);
  assert.deepEqual((await reader.chains()).sort(), [OPERATOR_CHAIN, ORGANISATION].sort());
  const [first] = await reader.rows(OPERATOR_CHAIN, { limit: 10 });
  assert.equal(first!.sequence, 1);
});

Deno.test("rows cannot be changed, deleted or truncated", async () => {
  await using database = await databases.create();
  const { sql } = database;
  await new PostgresAuditLog(sql).record(entry(1));
  const [partition] = await sql<{ name: string }[]>`
    SELECT tableoid::regclass::text AS name FROM audit_log`;
  for (const table of ["audit_log", partition!.name]) {
    for (
      const change of [
        `UPDATE ${table} SET actor = 'nobody'`,
        `DELETE FROM ${table}`,
        `TRUNCATE ${table}`,
      ]
    ) await assert.rejects(sql.unsafe(change), /append-only/, change);
  }
});

Deno.test("a month that has no partition keeps its rows, and gets them when it is made", async () => {
  await using database = await databases.create();
  const { sql } = database;
  await sql`INSERT INTO audit_chains (organisation_id, last_occurred_at)
    VALUES (${ORGANISATION}, '2031-05-31 23:59:59.999999+00')`;
  await new PostgresAuditLog(sql).record(entry(1));
  const placed = () =>
    sql<{ name: string }[]>`
    SELECT tableoid::regclass::text AS name FROM audit_log`;
  assert.deepEqual([...await placed()], [{ name: "audit_log_default" }]);
  const make = () =>
    sql<{ made: boolean }[]>`
    SELECT make_audit_partition('2031-05-10+00') AS made`;
  assert.deepEqual([...await make()], [{ made: true }]);
  assert.deepEqual([...await make()], [{ made: false }]);
  assert.deepEqual([...await placed()], [{ name: "audit_log_2031_05" }]);
  await assert.rejects(sql`DELETE FROM audit_log`, /append-only/);
  await assert.rejects(sql`TRUNCATE audit_log_2031_05`, /append-only/);
});

Deno.test("texts that are too long are cut, and details that are too long are left out", async () => {
  await using database = await databases.create();
  const log = new PostgresAuditLog(database.sql);
  const details = { text: "x".repeat(20_000) };
  await log.record({ ...entry(1), target: `a\0${"😀".repeat(400)}`, details });
  const reader = new PostgresAuditReader(database.sql);
  const [row] = await reader.rows(ORGANISATION, { limit: 1 });
  assert.equal(row!.target.length, 500);
  assert.ok(row!.target.startsWith("a\uFFFD😀"));
  assert.deepEqual(JSON.parse(row!.details), { details_left_out: true, length: 20_011 });
  assert.equal(auditRowHash(row!), row!.rowHash);
});
