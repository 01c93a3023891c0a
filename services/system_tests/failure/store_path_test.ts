import assert from "node:assert/strict";
import { StorePath } from "./store_path.ts";

/** How long nothing has to come to count as silence, milliseconds. */
const SILENCE_MS = 100;

/** An echo behind a path. */
function start() {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  (async () => {
    for await (const connection of listener) {
      connection.readable.pipeTo(connection.writable).catch(() => undefined);
    }
  })();
  const path = new StorePath(listener.addr.port);
  return {
    path,
    connect: () => Deno.connect({ hostname: "127.0.0.1", port: path.port }),
    async [Symbol.asyncDispose]() {
      await path[Symbol.asyncDispose]();
      listener.close();
    },
  };
}

/** Sends a byte; what comes back: the byte, or null when the connection has ended. */
async function ask(connection: Deno.Conn): Promise<number | null> {
  const answer = new Uint8Array(1);
  try {
    await connection.write(Uint8Array.of(42));
    return await connection.read(answer) === null ? null : answer[0]!;
  } catch {
    return null;
  }
}

Deno.test("a path passes everything on, and takes as long as it is told to", async () => {
  await using t = start();
  using connection = await t.connect();
  assert.equal(await ask(connection), 42);
  t.path.delay(100);
  const startedAtMs = performance.now();
  assert.equal(await ask(connection), 42);
  assert.ok(performance.now() - startedAtMs > 198);
});

Deno.test("a path that is cut ends what it carried, and carries new connections when it is healed", async () => {
  await using t = start();
  using before = await t.connect();
  assert.equal(await ask(before), 42);
  t.path.cut();
  assert.equal(await ask(before), null);
  using meanwhile = await t.connect();
  assert.equal(await ask(meanwhile), null);
  t.path.heal();
  using after = await t.connect();
  assert.equal(await ask(after), 42);
});

Deno.test("a black hole is silent, and gives back what it swallowed when it is healed", async () => {
  await using t = start();
  using connection = await t.connect();
  t.path.blackhole();
  const answer = ask(connection);
  const silence = Promise.withResolvers<string>();
  const timer = setTimeout(() => silence.resolve("silence"), SILENCE_MS);
  assert.equal(await Promise.race([answer, silence.promise]), "silence");
  clearTimeout(timer);
  t.path.heal();
  assert.equal(await answer, 42);
});
