import postgres from "postgres";

/** Held while migrating, so that only one process does it: "dark" in ASCII. */
const ADVISORY_LOCK = 0x6461726b;
/** How long a process waits for another one that migrates, milliseconds. */
export const MIGRATION_LOCK_TIMEOUT_MS = 120_000;
/** How long the database may take to answer at all, seconds. */
const CONNECT_TIMEOUT_S = 10;
/** Longest wait of `status` for a table that a migration has locked, milliseconds. */
const STATUS_LOCK_TIMEOUT_MS = 5_000;
/** PostgreSQL's code for a lock that did not come in time. */
const LOCK_NOT_AVAILABLE = "55P03";
const FILE_NAME = /^(\d{4})_[a-z0-9_]+\.sql$/;

/** One numbered file of plain SQL in db/migrations/. */
export interface Migration {
  readonly version: number;
  readonly name: string;
  readonly sql: string;
}

/** A migration that has run, or is still to run, on one database. */
export interface MigrationStatus {
  readonly version: number;
  readonly name: string;
  readonly appliedAt: Date | undefined;
}

/** The database holds something else than the migrations say. */
export class MigrationError extends Error {
  override readonly name = "MigrationError";
}

/**
 * Brings the database up to date; each migration runs once, in its own transaction. Safe from
 * several processes at once: one migrates, the others wait for it.
 *
 * @param lockTimeoutMs how long it waits for another process that migrates.
 * @returns the names of the migrations that this call applied.
 * @throws {MigrationError} when an applied migration's text was changed since, or is unknown here, and
 *   when the other process takes too long.
 */
export async function migrate(
  databaseUrl: string,
  migrations?: readonly Migration[],
  lockTimeoutMs = MIGRATION_LOCK_TIMEOUT_MS,
): Promise<string[]> {
  const wanted = migrations ?? await loadMigrations();
  return await withConnection(databaseUrl, async (sql) => {
    await takeLock(sql, lockTimeoutMs);
    await sql`
      CREATE TABLE IF NOT EXISTS schema_migrations (
        version integer PRIMARY KEY,
        name text NOT NULL,
        digest text NOT NULL,
        applied_at timestamptz NOT NULL DEFAULT now()
      )`;
    const applied = await readApplied(sql);
    await verify(wanted, applied);
    const names: string[] = [];
    for (const migration of wanted) {
      if (applied.has(migration.version)) continue;
      await sql.begin(async (transaction) => {
        await transaction.unsafe(migration.sql);
        await transaction`
          INSERT INTO schema_migrations (version, name, digest)
          VALUES (${migration.version}, ${migration.name}, ${await digestOf(migration.sql)})`;
      });
      names.push(migration.name);
    }
    return names;
  });
}

/** Which migrations the database has. Changes nothing and waits for no process that migrates. */
export async function migrationStatus(databaseUrl: string): Promise<MigrationStatus[]> {
  const wanted = await loadMigrations();
  return await withConnection(databaseUrl, async (sql) => {
    await sql`SELECT set_config('lock_timeout', ${String(STATUS_LOCK_TIMEOUT_MS)}, false)`;
    const [table] = await sql<{ present: boolean }[]>`
      SELECT to_regclass('schema_migrations') IS NOT NULL AS present`;
    const applied = table!.present ? await readApplied(sql) : new Map<number, Applied>();
    return wanted.map(({ version, name }) => ({
      version,
      name,
      appliedAt: applied.get(version)?.appliedAt,
    }));
  });
}

/** The files of db/migrations/ in their order. */
export async function loadMigrations(
  directory: URL = new URL("./migrations/", import.meta.url),
): Promise<Migration[]> {
  const migrations: Migration[] = [];
  for await (const { name } of Deno.readDir(directory)) {
    const version = FILE_NAME.exec(name)?.[1];
    if (version === undefined) throw new MigrationError(`${name} is not named like a migration`);
    const sql = await Deno.readTextFile(new URL(name, directory));
    migrations.push({ version: Number(version), name, sql });
  }
  migrations.sort((a, b) => a.version - b.version);
  for (const [index, { version, name }] of migrations.entries()) {
    if (version !== index + 1) throw new MigrationError(`${name} is out of sequence`);
  }
  return migrations;
}

interface Applied {
  readonly name: string;
  readonly digest: string;
  readonly appliedAt: Date;
}

/** Takes the advisory lock, which the connection keeps to its end. */
async function takeLock(sql: postgres.Sql, timeoutMs: number): Promise<void> {
  try {
    await sql`SELECT set_config('lock_timeout', ${String(timeoutMs)}, false)`;
    await sql`SELECT pg_advisory_lock(${ADVISORY_LOCK})`;
  } catch (cause) {
    if (!(cause instanceof postgres.PostgresError) || cause.code !== LOCK_NOT_AVAILABLE) {
      throw cause;
    }
    throw new MigrationError(
      `another process has been migrating for ${Math.ceil(timeoutMs / 1_000)} s`,
      { cause },
    );
  }
}

async function readApplied(sql: postgres.Sql): Promise<Map<number, Applied>> {
  const rows = await sql<(Applied & { version: number })[]>`
    SELECT version, name, digest, applied_at AS "appliedAt" FROM schema_migrations`;
  return new Map(rows.map((row) => [row.version, row]));
}

async function verify(wanted: readonly Migration[], applied: Map<number, Applied>): Promise<void> {
  const known = new Map(wanted.map((migration) => [migration.version, migration]));
  for (const [version, { name, digest }] of applied) {
    const migration = known.get(version);
    if (migration === undefined) {
      throw new MigrationError(`the database has ${name}, which this version does not know`);
    }
    if (await digestOf(migration.sql) !== digest) {
      throw new MigrationError(`${migration.name} was changed after it had been applied`);
    }
  }
}

async function digestOf(text: string): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
  return new Uint8Array(digest).toHex();
}

/** One connection, since the advisory lock belongs to it; closing it releases the lock. */
async function withConnection<Result>(
  databaseUrl: string,
  act: (sql: postgres.Sql) => Promise<Result>,
): Promise<Result> {
  const sql = postgres(databaseUrl, {
    max: 1,
    connect_timeout: CONNECT_TIMEOUT_S,
    onnotice: () => {},
    connection: { application_name: "migrate" },
  });
  try {
    return await act(sql);
  } finally {
    await sql.end({ timeout: 5 });
  }
}

/** What the operator can mend, in one line; never with the password of the URL. */
function explained(error: unknown): string {
  const { code, message } = error as { code?: string; message?: string };
  switch (code) {
    case "ECONNREFUSED":
    case "ENOTFOUND":
    case "CONNECT_TIMEOUT":
    case "EHOSTUNREACH":
      return "the database does not answer where DATABASE_URL says";
    case "28P01":
    case "28000":
      return `the database refuses the user of DATABASE_URL: ${message}`;
    case "3D000":
      return `DATABASE_URL: ${message}`;
    case "42501":
      return `the user of DATABASE_URL may not do this: ${message}`;
    default:
      return (message || String(error)).split("\n", 1)[0]!;
  }
}

async function runCommand(command: "up" | "status", databaseUrl: string): Promise<void> {
  if (command === "up") {
    const names = await migrate(databaseUrl);
    console.log(names.length === 0 ? "up to date" : names.map((name) => `+ ${name}`).join("\n"));
    return;
  }
  for (const { name, appliedAt } of await migrationStatus(databaseUrl)) {
    console.log(`${appliedAt?.toISOString() ?? "pending                 "}  ${name}`);
  }
}

if (import.meta.main) {
  const databaseUrl = Deno.env.get("DATABASE_URL");
  const command = Deno.args[0] ?? "up";
  if (!databaseUrl || (command !== "up" && command !== "status")) {
    console.error("usage: DATABASE_URL=postgres://… deno run -A db/migrate.ts [up|status]");
    Deno.exit(2);
  }
  try {
    if (!/^postgres(ql)?:$/.test(URL.parse(databaseUrl)?.protocol ?? "")) {
      throw new MigrationError("DATABASE_URL is not like postgres://user:password@host:5432/name");
    }
    await runCommand(command, databaseUrl);
  } catch (error) {
    console.error(`migrate: ${explained(error)}`);
    Deno.exit(1);
  }
}
