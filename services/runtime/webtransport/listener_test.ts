import assert from "node:assert/strict";
import { connectWebTransport } from "./client.ts";
import { createDevelopmentCertificate } from "./certificate.ts";
import { listenWebTransport } from "./listener.ts";
import type { ServerSession, WebTransportSession } from "./session.ts";
import { assertEchoes, connect } from "./testing/echo.ts";
import { RawPeer, startTestListener } from "./testing/raw_peer.ts";

Deno.test("an address has at most its share of unauthenticated connections", async () => {
  await using stage = await startTestListener();
  const sessions: ServerSession[] = [];
  const clients: WebTransportSession[] = [];
  for (let count = 0; count < 20; count++) {
    const [client, server] = await connect(stage);
    clients.push(client);
    sessions.push(server);
  }
  const refused = await RawPeer.connect(stage.listener.port, stage.certificate).then(
    async (peer) => {
      await using _ = peer;
      return await peer.closeCode();
    },
    (error) => String(error),
  );
  assert.match(String(refused), /263|closed during the handshake/);
  assert.equal(stage.listener.counters.addressesRefused, 1);
  // One that has authenticated makes room, and one that has gone does too.
  sessions[0]!.authenticated();
  sessions[0]!.authenticated();
  sessions.push((await connect(stage))[1]);
  clients[1]!.close();
  await sessions[1]!.closed;
  while (stage.listener.counters.connections > 20) await assertEchoes(clients[2]!, sessions[2]!);
  await connect(stage);
});

Deno.test("handshakes over the limit are refused at once", async () => {
  await using stage = await startTestListener({ maxConcurrentHandshakes: 0 });
  await assert.rejects(connectWebTransport(stage.url, {
    certificateHashes: stage.listener.certificateHashes,
  }));
  assert(stage.listener.counters.handshakesRefused >= 1);
});

Deno.test("a session the application does not take is closed when too many wait", async () => {
  await using stage = await startTestListener({ maxWaitingSessions: 1 });
  const options = { certificateHashes: stage.listener.certificateHashes };
  await connectWebTransport(stage.url, options);
  await assert.rejects(async () => {
    const second = await connectWebTransport(stage.url, options);
    await second.closed;
  }, { failure: "connection-lost" });
  assert.equal(stage.listener.counters.sessionsNotTaken, 1);
});

Deno.test("an idle session lives on, and a peer that vanishes is noticed", async () => {
  await using stage = await startTestListener({ maxIdleTimeoutMs: 400, keepAliveIntervalMs: 100 });
  const script = `
    import { connectWebTransport } from ${
    JSON.stringify(new URL("./client.ts", import.meta.url).href)
  };
    await connectWebTransport(${JSON.stringify(stage.url)}, {
      certificateHashes: [Uint8Array.of(${stage.certificate.hash})],
    });
    setInterval(() => {}, 1_000);`;
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--no-check", "-"],
    stdin: "piped",
    stdout: "null",
    cwd: import.meta.dirname,
  }).spawn();
  const stdin = child.stdin.getWriter();
  await stdin.write(new TextEncoder().encode(script));
  await stdin.close();
  const session = await stage.nextSession();
  const idleMs = 1_000;
  const stillOpen = await Promise.race([
    session.closed.then(() => false, () => false),
    new Promise((resolve) => setTimeout(() => resolve(true), idleMs)),
  ]);
  assert.equal(stillOpen, true);
  child.kill("SIGKILL");
  await child.status;
  await assert.rejects(session.closed, { failure: "connection-lost" });
});

Deno.test("closing the listener tells the peers the code and ends the iteration", async () => {
  const stage = await startTestListener();
  const [client] = await connect(stage);
  const next = stage.listener[Symbol.asyncIterator]().next();
  await stage.listener.close({ closeCode: 5, reason: "shutdown" });
  assert.deepEqual(await client.closed, { closeCode: 5, reason: "shutdown" });
  assert.equal((await next).done, true);
  assert.equal(stage.listener.counters.connections, 0);
  await stage.listener.close();
});

Deno.test("aborting the signal closes the listener", async () => {
  const certificate = await createDevelopmentCertificate();
  const abort = new AbortController();
  const listener = listenWebTransport({
    hostname: "127.0.0.1",
    port: 0,
    certificate,
    signal: abort.signal,
    limits: { endpointCloseLingerMs: 1 },
  });
  abort.abort();
  for await (const _ of listener) assert.fail("no session was opened");
  await listener.close();
});

Deno.test("a port that is taken is an error of that name", async () => {
  await using stage = await startTestListener();
  const { certificate, listener: { port } } = stage;
  assert.throws(
    () => listenWebTransport({ hostname: "127.0.0.1", port, certificate }),
    Deno.errors.AddrInUse,
  );
});

Deno.test("a new certificate serves new sessions while old ones live on", async () => {
  await using stage = await startTestListener();
  const [client, server] = await connect(stage);
  const [oldHash] = stage.listener.certificateHashes;
  stage.listener.rotateCertificate(await createDevelopmentCertificate());
  const [newHash] = stage.listener.certificateHashes;
  assert.notDeepEqual(newHash, oldHash);
  await connect(stage);
  await assert.rejects(connectWebTransport(stage.url, { certificateHashes: [oldHash!] }));
  await assertEchoes(client, server);
});
