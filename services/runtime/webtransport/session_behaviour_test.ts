import assert from "node:assert/strict";
import { connectWebTransport } from "./client.ts";
import { createDevelopmentCertificate } from "./certificate.ts";
import { createSessionPair } from "./in_memory.ts";
import { listenWebTransport } from "./listener.ts";
import type { ServerSession, WebTransportSession } from "./session.ts";

/** Both ends of a session, and what ends them. */
interface Pair extends AsyncDisposable {
  readonly client: WebTransportSession;
  readonly server: ServerSession;
}

/** One suite, two implementations. */
const implementations: readonly { name: string; connect: () => Promise<Pair> }[] = [
  {
    name: "in memory",
    connect() {
      const [client, server] = createSessionPair({ path: "/where?to" });
      return Promise.resolve({
        client,
        server,
        [Symbol.asyncDispose]() {
          client.close();
          return Promise.resolve();
        },
      });
    },
  },
  {
    name: "over QUIC",
    async connect() {
      const certificate = await createDevelopmentCertificate();
      const listener = listenWebTransport({
        hostname: "127.0.0.1",
        port: 0,
        certificate,
        limits: { endpointCloseLingerMs: 20 },
      });
      const client = await connectWebTransport(`https://127.0.0.1:${listener.port}/where?to`, {
        certificateHashes: listener.certificateHashes,
      });
      const { value: server } = await listener[Symbol.asyncIterator]().next();
      return {
        client,
        server,
        async [Symbol.asyncDispose]() {
          client.close();
          await listener.close();
        },
      };
    },
  },
];

type Direction = "client to server" | "server to client";
const directions: readonly Direction[] = ["client to server", "server to client"];

function ends(
  pair: Pair,
  direction: Direction,
): [from: WebTransportSession, to: WebTransportSession] {
  return direction === "client to server" ? [pair.client, pair.server] : [pair.server, pair.client];
}

async function first<Item>(stream: ReadableStream<Item>): Promise<Item> {
  const reader = stream.getReader();
  try {
    const { value, done } = await reader.read();
    assert(!done, "the stream ended");
    return value;
  } finally {
    reader.releaseLock();
  }
}

async function readAll(stream: ReadableStream<Uint8Array>): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  return Uint8Array.from(chunks.flatMap((chunk) => [...chunk]));
}

async function writeAll(stream: WritableStream<Uint8Array>, bytes: Uint8Array): Promise<void> {
  const writer = stream.getWriter();
  await writer.write(bytes);
  await writer.close();
}

for (const { name, connect } of implementations) {
  const test = (what: string, run: (pair: Pair) => Promise<void>) =>
    Deno.test(`${name}: ${what}`, async () => {
      await using pair = await connect();
      await run(pair);
    });

  test("the server sees the path and address of the client", async ({ client, server }) => {
    await client.ready;
    await server.ready;
    assert.equal(server.path, "/where?to");
    assert.equal(server.remoteAddress, "127.0.0.1");
    server.authenticated();
    server.authenticated();
  });

  for (const direction of directions) {
    test(`a unidirectional stream carries bytes and its end, ${direction}`, async (pair) => {
      const [from, to] = ends(pair, direction);
      const bytes = crypto.getRandomValues(new Uint8Array(50_000));
      const sent = writeAll(await from.createUnidirectionalStream({ sendOrder: 3 }), bytes);
      assert.deepEqual(await readAll(await first(to.incomingUnidirectionalStreams)), bytes);
      await sent;
    });

    test(`a stream carries more than any buffer on its way holds, ${direction}`, async (pair) => {
      const [from, to] = ends(pair, direction);
      const writer = (await from.createUnidirectionalStream()).getWriter();
      const sending = (async () => {
        for (let part = 0; part < 40; part++) await writer.write(new Uint8Array(25_000));
        await writer.close();
      })();
      let received = 0;
      for await (const chunk of await first(to.incomingUnidirectionalStreams)) {
        received += chunk.length;
      }
      assert.equal(received, 1_000_000);
      await sending;
    });

    test(`a bidirectional stream carries bytes both ways, ${direction}`, async (pair) => {
      const [from, to] = ends(pair, direction);
      const near = await from.createBidirectionalStream();
      await writeAll(near.writable, Uint8Array.of(1, 2, 3));
      const far = await first(to.incomingBidirectionalStreams);
      assert.deepEqual(await readAll(far.readable), Uint8Array.of(1, 2, 3));
      await writeAll(far.writable, Uint8Array.of(4, 5));
      assert.deepEqual(await readAll(near.readable), Uint8Array.of(4, 5));
    });

    test(`a stream can be read with a BYOB reader of any size, ${direction}`, async (pair) => {
      const [from, to] = ends(pair, direction);
      await writeAll(await from.createUnidirectionalStream(), Uint8Array.of(1, 2, 3, 4, 5));
      const stream = await first(to.incomingUnidirectionalStreams);
      const reader = stream.getReader({ mode: "byob" });
      const read: number[] = [];
      let buffer = new ArrayBuffer(2);
      for (;;) {
        const { value, done } = await reader.read(new Uint8Array(buffer));
        if (done) break;
        read.push(...value);
        buffer = value.buffer;
      }
      assert.deepEqual(read, [1, 2, 3, 4, 5]);
    });

    test(`the writer hears that the reader has cancelled, ${direction}`, async (pair) => {
      const [from, to] = ends(pair, direction);
      const writer = (await from.createUnidirectionalStream()).getWriter();
      await writer.write(Uint8Array.of(1));
      const stream = await first(to.incomingUnidirectionalStreams);
      await stream.cancel();
      await assert.rejects(async () => {
        for (;;) await writer.write(new Uint8Array(10));
      });
    });

    test(`datagrams arrive as they were sent, ${direction}`, async (pair) => {
      const [from, to] = ends(pair, direction);
      const writer = from.datagrams.writable.getWriter();
      const reader = to.datagrams.readable.getReader();
      for (const length of [0, 1, 1_100]) {
        await writer.write(new Uint8Array(length).fill(length));
        const { value } = await reader.read();
        assert.deepEqual(value && Uint8Array.from(value), new Uint8Array(length).fill(length));
      }
    });

    test(`a datagram too large to send is dropped, ${direction}`, async (pair) => {
      const [from, to] = ends(pair, direction);
      const writer = from.datagrams.writable.getWriter();
      await writer.write(new Uint8Array(1_101));
      await writer.write(Uint8Array.of(7));
      assert.deepEqual([...await first(to.datagrams.readable)], [7]);
    });

    test(`close code and reason arrive, ${direction}`, async (pair) => {
      const [from, to] = ends(pair, direction);
      const info = { closeCode: 4_294_967_295, reason: "zu spät" };
      from.close(info);
      from.close({ closeCode: 1 });
      assert.deepEqual(await to.closed, info);
      assert.deepEqual(await from.closed, info);
    });

    test(`a close without code has code 0, ${direction}`, async (pair) => {
      const [from, to] = ends(pair, direction);
      from.close();
      assert.deepEqual(await to.closed, { closeCode: 0, reason: "" });
    });

    test(`a long reason is cut at 1,024 bytes and a whole character, ${direction}`, async (pair) => {
      const [from, to] = ends(pair, direction);
      from.close({ closeCode: 1, reason: "a" + "ä".repeat(2_000) });
      const { reason } = await to.closed;
      assert.equal(reason, "a" + "ä".repeat(511));
    });

    test(`the end of the session ends everything, ${direction}`, async (pair) => {
      const [from, to] = ends(pair, direction);
      const open = (await from.createBidirectionalStream()).writable.getWriter();
      await open.write(Uint8Array.of(1));
      const far = await first(to.incomingBidirectionalStreams);
      const farReader = far.readable.getReader();
      await farReader.read();
      const waitingRead = farReader.read().then(
        ({ done }) => done ? "ended" : "bytes",
        () => "failed",
      );
      from.close({ closeCode: 5 });
      await to.closed;
      for (const session of [from, to]) {
        assert.equal((await session.incomingUnidirectionalStreams.getReader().read()).done, true);
        assert.equal((await session.incomingBidirectionalStreams.getReader().read()).done, true);
        assert.equal((await session.datagrams.readable.getReader().read()).done, true);
        await assert.rejects(session.createUnidirectionalStream(), { failure: "closed" });
        await assert.rejects(session.createBidirectionalStream(), { failure: "closed" });
        await assert.rejects(session.datagrams.writable.getWriter().write(Uint8Array.of(1)));
      }
      assert.notEqual(await waitingRead, "bytes");
    });
  }

  test("a client opens as many streams as allowed, and more when those are done", async ({ client, server }) => {
    const incoming = server.incomingUnidirectionalStreams.getReader();
    const open: WritableStreamDefaultWriter<Uint8Array>[] = [];
    const attempts = Array.from({ length: 17 }, async () => {
      const writer = (await client.createUnidirectionalStream()).getWriter();
      open.push(writer);
      await writer.write(Uint8Array.of(1));
    });
    await Promise.all(attempts.slice(0, 9));
    // A round trip on another stream: the others had time to open if they could.
    await writeAll((await client.createBidirectionalStream()).writable, Uint8Array.of(1));
    await readAll((await first(server.incomingBidirectionalStreams)).readable);
    // HTTP/3 itself takes between one (our client) and three (a browser) of the twelve.
    assert(open.length >= 9 && open.length <= 11, `${open.length} are open`);
    for (let taken = 0; taken < 17; taken++) {
      const { value } = await incoming.read();
      await open[taken]!.close();
      await readAll(value!);
    }
    await Promise.all(attempts);
  });

  test("2,000 streams one after another all arrive", async ({ client, server }) => {
    const sent = (async () => {
      for (let count = 0; count < 2_000; count++) {
        await writeAll(await client.createUnidirectionalStream(), Uint8Array.of(count & 0xff));
      }
    })();
    let received = 0;
    for await (const stream of server.incomingUnidirectionalStreams) {
      await readAll(stream);
      if (++received === 2_000) break;
    }
    await sent;
  });

  test("datagrams that nobody reads are dropped, the oldest first", async ({ client, server }) => {
    const writer = client.datagrams.writable.getWriter();
    const { writable, readable } = await client.createBidirectionalStream();
    const stream = writable.getWriter();
    await stream.write(Uint8Array.of(0));
    const echo = await first(server.incomingBidirectionalStreams);
    echo.readable.pipeTo(echo.writable).catch(() => {});
    const echoed = readable.getReader();
    for (let count = 0; count < 300; count++) {
      await writer.write(Uint8Array.of(count >> 8, count & 0xff));
      // A round trip between bursts keeps the buffers of the network out of the picture.
      if (count % 10 === 0) {
        await stream.write(Uint8Array.of(1));
        await echoed.read();
      }
    }
    await stream.write(Uint8Array.of(1));
    await echoed.read();
    const [high, low] = await first(server.datagrams.readable);
    assert((high! << 8 | low!) >= 30, "the first are gone");
  });

  test("datagrams can be taken without a stream, and wait while none is wanted", async ({ client, server }) => {
    const writer = client.datagrams.writable.getWriter();
    const taken: number[] = [];
    let arrival = Promise.withResolvers<void>();
    const resume = server.takeDatagrams(([number]) => {
      taken.push(number!);
      arrival.resolve();
      return false;
    });
    await writer.write(Uint8Array.of(1));
    await arrival.promise;
    await writer.write(Uint8Array.of(2));
    await writer.write(Uint8Array.of(3));
    // What the client sends after them has arrived, so they have too.
    await writeAll(await client.createUnidirectionalStream(), Uint8Array.of(0));
    await readAll(await first(server.incomingUnidirectionalStreams));
    assert.deepEqual(taken, [1]);
    for (const expected of [[1, 2], [1, 2, 3]]) {
      arrival = Promise.withResolvers();
      resume();
      await arrival.promise;
      assert.deepEqual(taken, expected);
    }
    server.close();
    await client.closed;
    resume();
    assert.deepEqual(taken, [1, 2, 3]);
  });

  test("a session that nobody looks at can end", async ({ client, server }) => {
    await client.createUnidirectionalStream();
    await server.createBidirectionalStream();
    server.close({ closeCode: 9 });
    await client.closed;
  });
}
