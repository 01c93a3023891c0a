import assert from "node:assert/strict";
import { createDevelopmentCertificate } from "./certificate.ts";
import { connectWebTransport, openWebTransport } from "./client.ts";
import { encodeConnectResponse } from "./http3/connect_headers.ts";
import { encodeSettings, OUR_SETTINGS } from "./http3/settings.ts";
import { startTestListener } from "./testing/raw_peer.ts";

/** A QUIC server that says what a test wants it to. */
async function withRawServer(
  serve: (quic: Deno.QuicConn) => Promise<void>,
  run: (url: string, hash: Uint8Array) => Promise<void>,
): Promise<void> {
  const certificate = await createDevelopmentCertificate();
  const endpoint = new Deno.QuicEndpoint({ hostname: "127.0.0.1", port: 0 });
  const { cert, key } = certificate;
  const listener = endpoint.listen({ cert, key, alpnProtocols: ["h3"] });
  const served = listener.accept().then(async (quic) => {
    await serve(quic).catch(() => {});
    await quic.closed.catch(() => {});
  }, () => {});
  try {
    await run(`https://127.0.0.1:${endpoint.addr.port}/`, certificate.hash);
  } finally {
    endpoint.close();
    await served;
  }
}

async function sendSettings(quic: Deno.QuicConn, bytes: Uint8Array): Promise<void> {
  const writer = (await quic.createUnidirectionalStream()).getWriter();
  await writer.write(Uint8Array.from([0x00, ...bytes]));
}

Deno.test("a session can be used before it is ready", async () => {
  await using stage = await startTestListener();
  const client = openWebTransport(stage.url, {
    certificateHashes: stage.listener.certificateHashes,
  });
  const opening = client.createUnidirectionalStream();
  const datagram = client.datagrams.writable.getWriter().write(Uint8Array.of(1));
  const server = await stage.nextSession();
  const writer = (await opening).getWriter();
  await writer.write(Uint8Array.of(1));
  await datagram;
  const { value } = await server.incomingUnidirectionalStreams.getReader().read();
  await value!.cancel();
  client.close({ closeCode: 3 });
  assert.equal((await server.closed).closeCode, 3);
});

Deno.test("many sessions share one socket", async () => {
  await using stage = await startTestListener({ maxUnauthenticatedPerAddress: 50 });
  const endpoint = new Deno.QuicEndpoint({ hostname: "127.0.0.1", port: 0 });
  const clients = await Promise.all(
    Array.from({ length: 30 }, () =>
      connectWebTransport(stage.url, {
        certificateHashes: stage.listener.certificateHashes,
        endpoint,
      })),
  );
  for (const client of clients) client.close();
  for (let count = 0; count < 30; count++) await (await stage.nextSession()).closed;
  endpoint.close();
});

Deno.test("a certificate whose hash is not pinned is refused", async () => {
  await using stage = await startTestListener();
  const other = await createDevelopmentCertificate();
  await assert.rejects(
    connectWebTransport(stage.url, { certificateHashes: [other.hash] }),
    { failure: "connection-lost" },
  );
  await assert.rejects(connectWebTransport(stage.url), { failure: "connection-lost" });
});

Deno.test("where nobody listens the deadline decides", async () => {
  const endpoint = new Deno.QuicEndpoint({ hostname: "127.0.0.1", port: 0 });
  const url = `https://127.0.0.1:${endpoint.addr.port}/`;
  await assert.rejects(
    connectWebTransport(url, { limits: { connectDeadlineMs: 100 } }),
    { failure: "deadline" },
  );
  endpoint.close();
});

Deno.test("a server that announces no WebTransport is refused", async () => {
  await withRawServer(
    (quic) => sendSettings(quic, encodeSettings(new Map([[0x33, 1]]))),
    (url, hash) =>
      assert.rejects(connectWebTransport(url, { certificateHashes: [hash] }), {
        failure: "refused",
      }),
  );
});

Deno.test("a server that answers with an error is refused", async () => {
  await withRawServer(
    async (quic) => {
      await sendSettings(quic, encodeSettings(OUR_SETTINGS));
      const { value } = await quic.incomingBidirectionalStreams.getReader().read();
      await value!.writable.getWriter().write(encodeConnectResponse(403));
    },
    (url, hash) =>
      assert.rejects(connectWebTransport(url, { certificateHashes: [hash] }), {
        failure: "refused",
        message: "the server answered with status 403",
      }),
  );
});

Deno.test("a server that ends the request unanswered is refused", async () => {
  await withRawServer(
    async (quic) => {
      await sendSettings(quic, encodeSettings(OUR_SETTINGS));
      const { value } = await quic.incomingBidirectionalStreams.getReader().read();
      await value!.writable.close();
    },
    (url, hash) =>
      assert.rejects(connectWebTransport(url, { certificateHashes: [hash] }), {
        failure: "refused",
      }),
  );
});

Deno.test("aborting stops connecting, and closes an open session", async () => {
  const stopped = AbortSignal.abort();
  await using stage = await startTestListener();
  const { certificateHashes } = stage.listener;
  await assert.rejects(
    connectWebTransport(stage.url, { certificateHashes, signal: stopped }),
    { failure: "closed" },
  );
  const abort = new AbortController();
  const client = await connectWebTransport(stage.url, { certificateHashes, signal: abort.signal });
  abort.abort();
  assert.deepEqual(await client.closed, { closeCode: 0, reason: "" });
});

Deno.test("only https URLs are taken", () => {
  assert.throws(() => openWebTransport("http://127.0.0.1/"), TypeError);
  assert.throws(() => openWebTransport("nonsense"), TypeError);
});
