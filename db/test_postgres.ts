import postgres from "postgres";
import { type EmbeddedPostgres, startEmbeddedPostgres } from "./embedded_postgres.ts";
import { migrate } from "./migrate.ts";
import { makeTemporaryDirectory } from "./temporary_directory.ts";

/** A migrated, empty database for one contract test, gone with it. */
export interface TestDatabase extends AsyncDisposable {
  readonly url: string;
  readonly sql: postgres.Sql;
}

/** A PostgreSQL server for one contract test, without a schema, gone with it. */
export async function startTestPostgres(): Promise<EmbeddedPostgres> {
  const dataDirectory = await makeTemporaryDirectory();
  const server = await startEmbeddedPostgres({ dataDirectory, durable: false });
  const stop = async () => {
    await server.stop();
    await Deno.remove(dataDirectory, { recursive: true });
  };
  return { url: server.url, port: server.port, stop, [Symbol.asyncDispose]: stop };
}

/** Starts a server of its own, so that tests never meet each other's rows. */
export async function startTestDatabase(): Promise<TestDatabase> {
  const server = await startTestPostgres();
  await migrate(server.url);
  const sql = postgres(server.url, { max: 8, onnotice: () => {} });
  return {
    url: server.url,
    sql,
    [Symbol.asyncDispose]: async () => {
      await sql.end({ timeout: 5 });
      await server.stop();
    },
  };
}
