import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import postgres from "postgres";
import { loadMigrations, migrate, MigrationError, migrationStatus } from "./migrate.ts";
import { startTestPostgres } from "./test_postgres.ts";

const PARALLEL_MIGRATORS = 8;
const COMMAND = fileURLToPath(new URL("./migrate.ts", import.meta.url));
const CONFIGURATION = fileURLToPath(new URL("../deno.json", import.meta.url));
/** "dark" in ASCII, as in migrate.ts. */
const ADVISORY_LOCK = 0x6461726b;

/** Runs the command as an operator does. */
async function run(command: string, databaseUrl: string) {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--no-check", "--quiet", "--config", CONFIGURATION, COMMAND, command],
    env: { DATABASE_URL: databaseUrl },
  }).output();
  const linesOf = (bytes: Uint8Array) => {
    const text = new TextDecoder().decode(bytes).trim();
    return text === "" ? [] : text.split("\n");
  };
  return { code, lines: linesOf(stdout), errors: linesOf(stderr) };
}

/** A connection that holds the lock of a process that migrates. */
async function lockHeld(databaseUrl: string): Promise<AsyncDisposable> {
  const sql = postgres(databaseUrl, { max: 1 });
  await sql`SELECT pg_advisory_lock(${ADVISORY_LOCK})`;
  return { [Symbol.asyncDispose]: () => sql.end() };
}

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

Deno.test("processes that migrate and ask for the status at once all succeed", async () => {
  await using server = await startTestPostgres();
  const known = (await loadMigrations()).map(({ name }) => name);
  const commands = ["up", "status", "up", "status", "up", "status", "up", "status"];
  const results = await Promise.all(commands.map((command) => run(command, server.url)));
  for (const { code, errors } of results) {
    assert.deepEqual({ code, errors }, { code: 0, errors: [] });
  }
  const applied = results.filter((_, index) => commands[index] === "up")
    .flatMap(({ lines }) => lines.filter((line) => line.startsWith("+ ")));
  assert.deepEqual(applied, known.map((name) => `+ ${name}`));
  const { lines } = await run("status", server.url);
  assert.equal(lines.length, known.length);
  assert.ok(lines.every((line) => /^\d{4}-.*Z {2}\d{4}_/.test(line)), lines.join("\n"));
});

Deno.test("the status waits for no process that migrates, and makes no table", async () => {
  await using server = await startTestPostgres();
  await using _held = await lockHeld(server.url);
  const status = await migrationStatus(server.url);
  assert.ok(status.every(({ appliedAt }) => appliedAt === undefined));
  await using sql = connection(server.url);
  const [row] = await sql.query`SELECT to_regclass('schema_migrations')::text AS made`;
  assert.equal(row!.made, null);
});

Deno.test("a process waits for another one that migrates, but not for ever", async () => {
  await using server = await startTestPostgres();
  await using _held = await lockHeld(server.url);
  await assert.rejects(
    migrate(server.url, undefined, 50),
    (error) =>
      error instanceof MigrationError && /another process has been migrating/.test(error.message),
  );
});

Deno.test("what the operator can mend is said in one line, without the password", async () => {
  await using server = await startTestPostgres();
  await using sql = connection(server.url);
  await sql.query`CREATE ROLE reader LOGIN PASSWORD 'right'`;
  const urlWith = (change: (url: URL) => void) => {
    const url = new URL(server.url);
    change(url);
    return url.href;
  };
  const reader = (password: string) =>
    urlWith((url) => {
      url.username = "reader";
      url.password = password;
    });
  const mistakes: [string, RegExp][] = [
    ["nonsense", /DATABASE_URL is not like postgres:/],
    [urlWith((url) => url.port = "1"), /does not answer where DATABASE_URL says/],
    [urlWith((url) => url.pathname = "/nothing"), /database "nothing" does not exist/],
    [reader("wrong"), /refuses the user of DATABASE_URL/],
    [reader("right"), /may not do this: permission denied for schema public/],
  ];
  for (const [url, expected] of mistakes) {
    const { code, lines, errors } = await run("up", url);
    assert.deepEqual({ code, lines, count: errors.length }, { code: 1, lines: [], count: 1 }, url);
    assert.match(errors[0]!, expected);
    assert.doesNotMatch(errors[0]!, /wrong|right/);
  }
});

function connection(url: string) {
  const query = postgres(url, { max: 1 });
  return { query, [Symbol.asyncDispose]: () => query.end() };
}
