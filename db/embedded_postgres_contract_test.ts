import assert from "node:assert/strict";
import postgres from "postgres";
import { DataDirectoryInUseError, startEmbeddedPostgres } from "./embedded_postgres.ts";
import { makeTemporaryDirectory } from "./temporary_directory.ts";

async function select(url: string, query: string): Promise<unknown> {
  const sql = postgres(url, { max: 1 });
  try {
    return (await sql.unsafe(query)).at(-1);
  } finally {
    await sql.end();
  }
}

async function withDirectory(act: (dataDirectory: string) => Promise<void>): Promise<void> {
  const dataDirectory = await makeTemporaryDirectory();
  try {
    await act(dataDirectory);
  } finally {
    await Deno.remove(dataDirectory, { recursive: true });
  }
}

Deno.test("data survives from one run to the next, and a second run meanwhile is refused", async () => {
  await withDirectory(async (dataDirectory) => {
    {
      await using server = await startEmbeddedPostgres({ dataDirectory });
      await select(server.url, "CREATE TABLE kept AS SELECT 42 AS answer");
      await assert.rejects(startEmbeddedPostgres({ dataDirectory }), DataDirectoryInUseError);
    }
    await using server = await startEmbeddedPostgres({ dataDirectory });
    assert.deepEqual(await select(server.url, "SELECT answer FROM kept"), { answer: 42 });
  });
});

Deno.test("a server whose starter was killed is replaced, with its data", async () => {
  await withDirectory(async (dataDirectory) => {
    const script = `
      import { startEmbeddedPostgres } from ${
      JSON.stringify(import.meta.resolve("./embedded_postgres.ts"))
    };
      await startEmbeddedPostgres({ dataDirectory: ${JSON.stringify(dataDirectory)} });
      Deno.kill(Deno.pid, "SIGKILL");`;
    const { signal } = await new Deno.Command(Deno.execPath(), {
      args: ["eval", "--no-check", script],
      cwd: new URL("..", import.meta.url),
    }).output();
    assert.equal(signal, "SIGKILL");
    await using server = await startEmbeddedPostgres({ dataDirectory });
    assert.match(JSON.stringify(await select(server.url, "SELECT version()")), /PostgreSQL 18/);
  });
});

Deno.test("only the generated password opens the server", async () => {
  await withDirectory(async (dataDirectory) => {
    await using server = await startEmbeddedPostgres({ dataDirectory, durable: false });
    const wrong = new URL(server.url);
    wrong.password = "guess";
    await assert.rejects(select(wrong.href, "SELECT 1"), /password authentication failed/);
  });
});
