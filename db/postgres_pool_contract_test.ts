import assert from "node:assert/strict";
import { connectDatabase, type Database, isDatabaseUnreachable } from "./connection.ts";
import { startEmbeddedPostgres } from "./embedded_postgres.ts";
import { makeTemporaryDirectory } from "./temporary_directory.ts";

const CRASHES = 3;
const WORKERS = 6;

/** Asks one thing after the other until it is stopped; what fails may fail because of the crash. */
async function work(ask: () => Promise<unknown>, stopped: () => boolean): Promise<void> {
  while (!stopped()) {
    try {
      await ask();
    } catch (error) {
      if (!isDatabaseUnreachable(error)) assert.match(String(error), /socket has been ended/);
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }
}

const transaction = (sql: Database) =>
  sql.begin(async (tx) => {
    await tx`SELECT 1`;
    await Promise.all([tx`SELECT pg_sleep(0.01)`, tx`SELECT 2`]);
    await tx`SELECT 3`;
  });

Deno.test("whatever is asked of a server that crashes ends, and later queries find it again", async () => {
  const dataDirectory = await makeTemporaryDirectory();
  let server = await startEmbeddedPostgres({ dataDirectory });
  const { port } = server;
  const sql = connectDatabase(server.url, "test");
  let stopped = false;
  try {
    const workers = Array.from({ length: WORKERS }, () => [
      work(() => transaction(sql), () => stopped),
      work(() => sql`SELECT 1`, () => stopped),
    ]).flat();
    for (let crash = 0; crash < CRASHES; crash++) {
      await transaction(sql).catch(() => undefined);
      await server.stop("SIGQUIT");
      server = await startEmbeddedPostgres({ dataDirectory, port });
    }
    stopped = true;
    await Promise.all(workers);
    // As many at a time as there are connections: none is left that never answers.
    const answers = await Promise.all(Array.from({ length: 20 }, () => transaction(sql)));
    assert.equal(answers.length, 20);
  } finally {
    stopped = true;
    await sql.end({ timeout: 1 });
    await server.stop();
    await Deno.remove(dataDirectory, { recursive: true });
  }
});

Deno.test("a transaction that fails by itself is rolled back, and its error is the caller's", async () => {
  const dataDirectory = await makeTemporaryDirectory();
  const server = await startEmbeddedPostgres({ dataDirectory });
  const sql = connectDatabase(server.url, "test");
  try {
    await sql`CREATE TABLE kept (value integer)`;
    const failing = sql.begin(async (tx) => {
      await tx`INSERT INTO kept VALUES (1)`;
      throw new TypeError("not so");
    });
    await assert.rejects(failing, new TypeError("not so"));
    const elsewhere = Object.assign(new Error("another server"), { code: "ECONNREFUSED" });
    await assert.rejects(sql.begin(() => Promise.reject(elsewhere)), elsewhere);
    assert.equal((await sql`SELECT * FROM kept`).length, 0);
  } finally {
    await sql.end({ timeout: 1 });
    await server.stop();
    await Deno.remove(dataDirectory, { recursive: true });
  }
});

Deno.test("of several hosts one that does not answer is passed over", async () => {
  const dataDirectory = await makeTemporaryDirectory();
  const server = await startEmbeddedPostgres({ dataDirectory });
  const unheard = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port: deadPort } = unheard.addr;
  unheard.close();
  const url = server.url.replace(
    `127.0.0.1:${server.port}`,
    (live) => `127.0.0.1:${deadPort},${live}`,
  );
  assert.notEqual(url, server.url);
  const sql = connectDatabase(url, "test");
  try {
    assert.deepEqual([...await sql`SELECT 1 AS one`], [{ one: 1 }]);
  } finally {
    await sql.end({ timeout: 1 });
    await server.stop();
    await Deno.remove(dataDirectory, { recursive: true });
  }
});
