import { join } from "node:path";
import { type EmbeddedPostgres, startEmbeddedPostgres } from "./embedded_postgres.ts";
import { migrate } from "./migrate.ts";
import { makeTemporaryDirectory } from "./temporary_directory.ts";

/** A primary and a streaming replica of it, gone with the test. */
export interface TestReplication extends AsyncDisposable {
  readonly primary: EmbeddedPostgres;
  readonly replica: EmbeddedPostgres;
}

/**
 * Starts a migrated primary and a replica that streams from it. The binaries have no pg_basebackup,
 * so the replica begins as a copy of the stopped primary.
 */
export async function startTestReplication(): Promise<TestReplication> {
  const directory = await makeTemporaryDirectory();
  const servers: EmbeddedPostgres[] = [];
  const start = async (name: string) => {
    const dataDirectory = join(directory, name);
    const server = await startEmbeddedPostgres({ dataDirectory, durable: false });
    servers.push(server);
    return server;
  };
  const dispose = async () => {
    for (const server of servers.toReversed()) await server.stop();
    await Deno.remove(directory, { recursive: true });
  };
  try {
    const model = await start("primary");
    await migrate(model.url);
    await model.stop();
    await copyTree(join(directory, "primary"), join(directory, "replica"));
    const primary = await start("primary");
    await makeStandby(join(directory, "replica", "cluster"), new URL(primary.url));
    return { primary, replica: await start("replica"), [Symbol.asyncDispose]: dispose };
  } catch (error) {
    await dispose();
    throw error;
  }
}

/** With owners and modes, which the server insists on. */
async function copyTree(from: string, to: string): Promise<void> {
  const { success, stderr } = await new Deno.Command("cp", { args: ["-Rp", from, to] }).output();
  if (!success) throw new Error(new TextDecoder().decode(stderr));
}

async function makeStandby(cluster: string, primary: URL): Promise<void> {
  await Deno.writeTextFile(join(cluster, "standby.signal"), "");
  const { hostname, port, username, password } = primary;
  const connection = `host=${hostname} port=${port} user=${username} password=${password}`;
  await Deno.writeTextFile(
    join(cluster, "postgresql.auto.conf"),
    `primary_conninfo = '${connection}'\n`,
    { append: true },
  );
}
