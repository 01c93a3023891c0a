import assert from "node:assert/strict";
import type { Browser, Page } from "playwright-core";
import { createDevelopmentCertificate } from "../../runtime/webtransport/certificate.ts";
import {
  listenWebTransport,
  type WebTransportListener,
} from "../../runtime/webtransport/listener.ts";
import type { ServerSession } from "../../runtime/webtransport/session.ts";
import { launchChromium } from "../chromium.ts";

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
  const listener = listenWebTransport({ hostname: "127.0.0.1", port: 0, certificate });
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

Deno.test("smoke", async () => {
  await withStage(async ({ connect, listener }) => {
    for (let i = 0; i < 3; i++) {
      const { page, session, readyMs } = await connect("/a?b");
      console.log("ready", readyMs, session.path, session.remoteAddress);
      const t = performance.now();
      session.closed.then(
        (v) => console.log("closed", v, performance.now() - t),
        (e) => console.log("rejects", e.message, e.cause),
      );
      await page.close();
      await session.closed;
    }
    console.log(listener.counters);
  });
});
