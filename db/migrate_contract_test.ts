import assert from "node:assert/strict";
import postgres from "postgres";
import { loadMigrations, migrate, MigrationError, migrationStatus } from "./migrate.ts";
import { startTestPostgres } from "./test_postgres.ts";

const PARALLEL_MIGRATORS = 6;

Deno.test("several migrators at once apply each migration exactly once", async () => {
  await using server = await startTestPostgres();
  const known = (await loadMigrations()).map(({ name }) => name);
  const applied = await Promise.all(
    Array.from({ length: PARALLEL_MIGRATORS }, () => migrate(server.url)),
  );
  assert.deepEqual(applied.flat().sort(), known);
  assert.deepEqual(await migrate(server.url), []);
  const status = await migrationStatus(server.url);
  assert.ok(status.every(({ appliedAt }) => appliedAt instanceof Date));
});

Deno.test("a migration that fails leaves nothing of itself behind", async () => {
  await using server = await startTestPostgres();
  const broken = {
    version: 1,
    name: "0001_broken.sql",
    sql: "CREATE TABLE half (id int); SELECT 1 / 0;",
  };
  await assert.rejects(migrate(server.url, [broken]), /division by zero/);
  const sql = postgres(server.url, { max: 1 });
  try {
    const [row] = await sql<{ half: string | null }[]>`SELECT to_regclass('half')::text AS half`;
    assert.equal(row?.half, null);
  } finally {
    await sql.end();
  }
  assert.deepEqual(await migrate(server.url, [{ ...broken, sql: "SELECT 1" }]), [broken.name]);
});

Deno.test("a migration that was changed after it ran is refused", async () => {
  await using server = await startTestPostgres();
  const first = { version: 1, name: "0001_first.sql", sql: "CREATE TABLE first (id int)" };
  await migrate(server.url, [first]);
  await assert.rejects(
    migrate(server.url, [{ ...first, sql: "CREATE TABLE first (id bigint)" }]),
    MigrationError,
  );
  await assert.rejects(migrate(server.url, []), MigrationError);
});
