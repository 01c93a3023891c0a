import assert from "node:assert/strict";
import type { Browser, Page } from "playwright-core";
import { createDevelopmentCertificate } from "../../runtime/webtransport/certificate.ts";
import {
  listenWebTransport,
  type WebTransportListener,
} from "../../runtime/webtransport/listener.ts";
import type { ServerSession } from "../../runtime/webtransport/session.ts";
import { launchChromium } from "../chromium.ts";

/** The page's own session, as the code that runs in the page sees it. */
declare const transport: WebTransport;
/** What `transport.closed` gave, where a step put it. */
declare const closing: Promise<{ closeCode?: number; reason?: string }>;

/** The page must be a secure context to have WebTransport: localhost is one. */
function servePage(): Deno.HttpServer<Deno.NetAddr> {
  return Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen() {} },
    () =>
      new Response("<!doctype html><title>test</title>", {
        headers: { "content-type": "text/html" },
      }),
  );
}

interface Stage {
  readonly browser: Browser;
  readonly listener: WebTransportListener;
  /** Opens a page with `transport`, a session that is ready, and takes our end of it. */
  connect(path?: string): Promise<{ page: Page; session: ServerSession; readyMs: number }>;
}

/** The browser and the listener that all steps share. */
async function withStage(play: (stage: Stage) => Promise<void>): Promise<void> {
  const server = servePage();
  const certificate = await createDevelopmentCertificate();
  const listener = listenWebTransport({
    hostname: "127.0.0.1",
    port: 0,
    certificate,
    limits: { streamHeaderDeadlineMs: HEADER_DEADLINE_MS },
  });
  const browser = await launchChromium();
  // A page of its own context would take its network stack with it when it closes.
  const context = await browser.newContext();
  const sessions = listener[Symbol.asyncIterator]();
  try {
    await play({
      browser,
      listener,
      async connect(path = "/") {
        const page = await context.newPage();
        await page.goto(`http://localhost:${server.addr.port}/`);
        const next = sessions.next();
        const readyMs = await page.evaluate(async ({ url, hash }) => {
          const start = performance.now();
          const transport = new WebTransport(url, {
            serverCertificateHashes: [{
              algorithm: "sha-256",
              value: Uint8Array.from(atob(hash), (c) => c.charCodeAt(0)),
            }],
          });
          await transport.ready;
          Object.assign(globalThis, { transport });
          return performance.now() - start;
        }, {
          url: `https://127.0.0.1:${listener.port}${path}`,
          hash: btoa(String.fromCharCode(...certificate.hash)),
        });
        const { value: session } = await next;
        assert(session);
        return { page, session, readyMs };
      },
    });
  } finally {
    await browser.close();
    await listener.close();
    await server.shutdown();
  }
}

/** Short, so that a step can outwait it, ms. */
const HEADER_DEADLINE_MS = 200;
/** What the page may take to notice, or to be noticed; far above what is measured, ms. */
const NOTICE_LIMIT_MS = 1_000;

function report(figure: string, valueMs: number): void {
  console.log(`${figure}: ${valueMs.toFixed(1)} ms`);
}

async function firstOf<Item>(stream: ReadableStream<Item>): Promise<Item> {
  const reader = stream.getReader();
  const { value, done } = await reader.read();
  reader.releaseLock();
  assert(!done, "the stream ended");
  return value;
}

async function readAll(stream: ReadableStream<Uint8Array>): Promise<number[]> {
  const bytes: number[] = [];
  for await (const chunk of stream) bytes.push(...chunk);
  return bytes;
}

async function writeAll(stream: WritableStream<Uint8Array>, bytes: number[]): Promise<void> {
  const writer = stream.getWriter();
  await writer.write(Uint8Array.from(bytes));
  await writer.close();
}

Deno.test("sessions with real Chromium", async (t) => {
  await withStage(async ({ connect, listener }) => {
    await t.step("a page opens a session", async () => {
      const { page, session, readyMs } = await connect("/room?x=1");
      report("new WebTransport to ready", readyMs);
      assert.equal(session.path, "/room?x=1");
      assert.equal(session.remoteAddress, "127.0.0.1");
      await page.close();
      await session.closed;
    });

    await t.step("unidirectional streams carry bytes and their end both ways", async () => {
      const { page, session } = await connect();
      const toPage = await session.createUnidirectionalStream({ sendOrder: 5 });
      await writeAll(toPage, [1, 2, 3]);
      const received = await page.evaluate(async () => {
        const { value } = await transport.incomingUnidirectionalStreams.getReader().read();
        const bytes: number[] = [];
        for await (const chunk of value!) bytes.push(...chunk);
        const writer = (await transport.createUnidirectionalStream()).getWriter();
        await writer.write(Uint8Array.of(4, 5, 6));
        await writer.close();
        return bytes;
      });
      assert.deepEqual(received, [1, 2, 3]);
      assert.deepEqual(await readAll(await firstOf(session.incomingUnidirectionalStreams)), [
        4,
        5,
        6,
      ]);
      await page.close();
    });

    await t.step("bidirectional streams work from both ends", async () => {
      const { page, session } = await connect();
      const ours = await session.createBidirectionalStream();
      await writeAll(ours.writable, [1, 2]);
      const fromPage = page.evaluate(async () => {
        const { value } = await transport.incomingBidirectionalStreams.getReader().read();
        await value!.readable.pipeTo(value!.writable);
        const own = await transport.createBidirectionalStream();
        const writer = own.writable.getWriter();
        await writer.write(Uint8Array.of(3, 4));
        await writer.close();
        const bytes: number[] = [];
        for await (const chunk of own.readable) bytes.push(...chunk);
        return bytes;
      });
      assert.deepEqual(await readAll(ours.readable), [1, 2]);
      const theirs = await firstOf(session.incomingBidirectionalStreams);
      await theirs.readable.pipeTo(theirs.writable);
      assert.deepEqual(await fromPage, [3, 4]);
      await page.close();
    });

    await t.step("datagrams arrive both ways", async () => {
      const { page, session } = await connect();
      const writer = session.datagrams.writable.getWriter();
      const reader = session.datagrams.readable.getReader();
      const echo = page.evaluate(async () => {
        const reader = transport.datagrams.readable.getReader();
        const writer = transport.datagrams.writable.getWriter();
        const { value } = await reader.read();
        await writer.write(value);
        return value!.length;
      });
      await writer.write(new Uint8Array(1_100).fill(7));
      assert.equal(await echo, 1_100);
      const { value } = await reader.read();
      assert.deepEqual(value && Uint8Array.from(value), new Uint8Array(1_100).fill(7));
      await page.close();
    });

    await t.step("the page's close code and reason reach us", async () => {
      const { page, session } = await connect();
      const start = performance.now();
      await page.evaluate(() => transport.close({ closeCode: 4_242, reason: "genug" }));
      assert.deepEqual(await session.closed, { closeCode: 4_242, reason: "genug" });
      report("transport.close() to closed at the server", performance.now() - start);
      await page.close();
    });

    await t.step("our close code and reason reach the page", async () => {
      const { page, session } = await connect();
      await page.evaluate(() => {
        Object.assign(globalThis, {
          closing: transport.closed.then(({ closeCode, reason }) => ({ closeCode, reason })),
        });
      });
      const start = performance.now();
      session.close({ closeCode: 7, reason: "removed by the host" });
      assert.deepEqual(await page.evaluate(() => closing), {
        closeCode: 7,
        reason: "removed by the host",
      });
      report("session.close() to closed in the page", performance.now() - start);
      await page.close();
    });

    await t.step("what was written and finished before the close is read", async () => {
      const { page, session } = await connect();
      const read = page.evaluate(async () => {
        const { value } = await transport.incomingUnidirectionalStreams.getReader().read();
        const bytes: number[] = [];
        for await (const chunk of value!) bytes.push(...chunk);
        return bytes;
      });
      await writeAll(await session.createUnidirectionalStream(), [9, 9]);
      assert.deepEqual(await read, [9, 9]);
      session.close();
      await page.close();
    });

    await t.step(
      "a session outlives the header deadline of the browser's own streams",
      async () => {
        const { page, session } = await connect();
        // Its first stream of this kind brings the silent QPACK streams with it.
        await page.evaluate(async () => {
          const writer = (await transport.createUnidirectionalStream()).getWriter();
          await writer.write(Uint8Array.of(1));
        });
        await firstOf(session.incomingUnidirectionalStreams);
        const ended = await Promise.race([
          session.closed.then(() => true, () => true),
          new Promise((resolve) => setTimeout(() => resolve(false), 5 * HEADER_DEADLINE_MS)),
        ]);
        assert.equal(ended, false);
        await page.close();
      },
    );

    for (const how of ["closes", "navigates away"] as const) {
      await t.step(`a page that ${how} is noticed`, async () => {
        const { page, session } = await connect();
        const start = performance.now();
        const closing = how === "closes" ? page.close() : page.goto("about:blank");
        await session.closed;
        const noticedMs = performance.now() - start;
        report(`a page that ${how}, until closed at the server`, noticedMs);
        assert(noticedMs < NOTICE_LIMIT_MS, `noticed after ${noticedMs} ms`);
        await closing;
        await page.close();
      });
    }

    await t.step("the listener saw nothing wrong and forgets all connections", async () => {
      const { protocolErrors, connectDeadlinesMissed, streamsWithoutHeader } = listener.counters;
      assert.deepEqual([protocolErrors, connectDeadlinesMissed, streamsWithoutHeader], [0, 0, 0]);
      await listener.close();
      assert.equal(listener.counters.connections, 0);
    });
  });
});
