import { deepStrictEqual, ok, rejects, strictEqual } from "node:assert/strict";
import { connectWebTransport } from "../../runtime/webtransport/client.ts";
import type { TransportLimits } from "../../runtime/webtransport/limits.ts";
import { WebTransportError, type WebTransportSession } from "../../runtime/webtransport/session.ts";
import { assertEchoes } from "../../runtime/webtransport/testing/echo.ts";
import { startTestListener } from "../../runtime/webtransport/testing/raw_peer.ts";
import { CLEAR_NETWORK } from "../../stack/network/network_profile.ts";
import { parseNetworkProfile } from "../../stack/network/network_profile_text.ts";
import { UdpRelay } from "../../stack/network/udp_relay.ts";

const ROUND_TRIP_MS = 80;
/** What a busy machine and QUIC's own timers may add, milliseconds. */
const TOLERANCE_MS = 60;
const ECHOES = 5;
const STREAM_BYTES = 500_000;

/** WebTransport sessions whose packets pass a relay; `connect` opens one. */
async function start(network: string, limits: Partial<TransportLimits> = {}) {
  const listening = await startTestListener(limits);
  const relay = new UdpRelay({ profile: parseNetworkProfile(network) });
  relay.setUpstream("127.0.0.1", listening.listener.port);
  const endpoint = new Deno.QuicEndpoint({ hostname: "127.0.0.1", port: 0 });
  const clients: WebTransportSession[] = [];
  return {
    relay,
    async connect() {
      const [client, server] = await Promise.all([
        connectWebTransport(`https://127.0.0.1:${relay.port}/`, {
          certificateHashes: listening.listener.certificateHashes,
          limits,
          endpoint,
        }),
        listening.nextSession(),
      ]);
      clients.push(client);
      return { client, server };
    },
    async [Symbol.asyncDispose]() {
      // Both ends hear of the end while packets still pass, which takes part of a round trip.
      relay.setProfile(CLEAR_NETWORK);
      for (const client of clients) client.close();
      await Promise.allSettled(clients.map(({ closed }) => closed));
      await listening[Symbol.asyncDispose]();
      endpoint.close();
      await relay[Symbol.asyncDispose]();
    },
  };
}

/** The shortest of several echoes, milliseconds: the path without what else the machine does. */
async function shortestEchoMs(network: string): Promise<number> {
  await using t = await start(network);
  const { client, server } = await t.connect();
  let shortestMs = Number.POSITIVE_INFINITY;
  for (let echo = 0; echo < ECHOES; echo++) {
    const startedAtMs = performance.now();
    await assertEchoes(client, server);
    shortestMs = Math.min(shortestMs, performance.now() - startedAtMs);
  }
  return shortestMs;
}

Deno.test("a session sees the round trip of its path, and none on a clear one", async () => {
  const clearMs = await shortestEchoMs("clear");
  const delayedMs = await shortestEchoMs(`${ROUND_TRIP_MS}ms`);
  ok(clearMs < ROUND_TRIP_MS / 2, `clear: ${clearMs} ms`);
  ok(
    delayedMs > ROUND_TRIP_MS && delayedMs < ROUND_TRIP_MS + TOLERANCE_MS,
    `delayed: ${delayedMs} ms`,
  );
});

Deno.test("a stream loses no byte although one packet in twenty is lost", async () => {
  await using t = await start("20mbit,10ms,5%");
  const { client, server } = await t.connect();
  const sent = new Uint8Array(STREAM_BYTES).map((_, index) => index % 251);
  const writer = (await client.createUnidirectionalStream()).getWriter();
  await writer.write(sent);
  await writer.close();
  const { value: stream } = await server.incomingUnidirectionalStreams.getReader().read();
  const received: Uint8Array[] = [];
  for await (const chunk of stream!) received.push(chunk);
  deepStrictEqual(new Uint8Array(await new Blob(received as BlobPart[]).arrayBuffer()), sent);
  const { droppedByLoss, offeredPackets } = t.relay.counters().up;
  ok(droppedByLoss > 0 && droppedByLoss < offeredPackets / 8, `${droppedByLoss} lost`);
});

Deno.test("in a blackout both ends notice that the other is gone", async () => {
  const limits = { maxIdleTimeoutMs: 600, keepAliveIntervalMs: 100 };
  await using t = await start("10ms", limits);
  const { client, server } = await t.connect();
  const startedAtMs = performance.now();
  t.relay.setProfile(parseNetworkProfile("blackout"));
  for (const session of [client, server]) {
    await rejects(
      session.closed,
      (error) => error instanceof WebTransportError && error.failure === "connection-lost",
    );
  }
  const tookMs = performance.now() - startedAtMs;
  ok(tookMs < 10 * limits.maxIdleTimeoutMs, `${tookMs} ms`);
  ok(t.relay.counters().up.droppedByBlackout > 0);
});

Deno.test("a blackout shorter than the patience of both ends is survived", async () => {
  await using t = await start("10ms");
  const { client, server } = await t.connect();
  t.relay.setProfile(parseNetworkProfile("blackout; @500ms clear"));
  await assertEchoes(client, server);
  strictEqual(t.relay.counters().clients, 1);
});
