import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { deliveredRateBps } from "./link_counters.ts";
import { parseNetworkProfile } from "./network_profile_text.ts";
import { UdpRelay } from "./udp_relay.ts";

/** Milliseconds by which a busy machine may be late. */
const MACHINE_LATENESS_MS = 60;

/** A UDP socket that reads one datagram after the other. */
class Peer implements Disposable {
  readonly socket = Deno.listenDatagram({ hostname: "127.0.0.1", port: 0, transport: "udp" });
  readonly port = (this.socket.addr as Deno.NetAddr).port;

  async send(port: number, ...bytes: number[]): Promise<void> {
    await this.socket.send(Uint8Array.from(bytes), {
      transport: "udp",
      hostname: "127.0.0.1",
      port,
    });
  }

  async receive(): Promise<{ bytes: number[]; from: number }> {
    const [bytes, from] = await this.socket.receive();
    return { bytes: [...bytes], from: (from as Deno.NetAddr).port };
  }

  [Symbol.dispose](): void {
    this.socket.close();
  }
}

function relayTo(server: Peer, text: string): UdpRelay {
  const relay = new UdpRelay({ profile: parseNetworkProfile(text) });
  relay.setUpstream("127.0.0.1", server.port);
  return relay;
}

Deno.test("datagrams pass both ways as they are", async () => {
  using client = new Peer();
  using server = new Peer();
  await using relay = relayTo(server, "clear");
  await client.send(relay.port, 1, 2, 3);
  const request = await server.receive();
  deepStrictEqual(request.bytes, [1, 2, 3]);
  await server.send(request.from, 4, 5);
  deepStrictEqual(await client.receive(), { bytes: [4, 5], from: relay.port });
  const { up, down, clients } = relay.counters();
  deepStrictEqual([up.deliveredBytes, down.deliveredBytes, clients], [3, 2, 1]);
});

Deno.test("each client has a socket of its own towards the server and gets its own answers", async () => {
  using ada = new Peer();
  using bob = new Peer();
  using server = new Peer();
  await using relay = relayTo(server, "clear");
  await ada.send(relay.port, 1);
  const fromAda = await server.receive();
  await bob.send(relay.port, 2);
  const fromBob = await server.receive();
  ok(fromAda.from !== fromBob.from);
  await server.send(fromBob.from, 20);
  await server.send(fromAda.from, 10);
  deepStrictEqual([(await ada.receive()).bytes, (await bob.receive()).bytes], [[10], [20]]);
  deepStrictEqual(relay.clientCounters().map(({ address }) => address), [
    `127.0.0.1:${ada.port}`,
    `127.0.0.1:${bob.port}`,
  ]);
});

Deno.test("there and back takes the round trip", async () => {
  using client = new Peer();
  using server = new Peer();
  await using relay = relayTo(server, "80ms");
  const startedAtMs = performance.now();
  await client.send(relay.port, 1);
  const { from } = await server.receive();
  await server.send(from, 1);
  await client.receive();
  const tookMs = performance.now() - startedAtMs;
  ok(tookMs > 78 && tookMs < 80 + MACHINE_LATENESS_MS, `${tookMs} ms`);
});

Deno.test("one direction can be lost alone", async () => {
  using client = new Peer();
  using server = new Peer();
  await using relay = relayTo(server, "down 100%");
  await client.send(relay.port, 1);
  const { from } = await server.receive();
  await server.send(from, 2);
  await client.send(relay.port, 3);
  deepStrictEqual((await server.receive()).bytes, [3]);
  relay.setProfile(parseNetworkProfile("clear"));
  await server.send(from, 4);
  deepStrictEqual((await client.receive()).bytes, [4]);
  strictEqual(relay.counters().down.droppedByLoss, 1);
});

Deno.test("newcomers may get another network than those who are there", async () => {
  using early = new Peer();
  using late = new Peer();
  using server = new Peer();
  await using relay = relayTo(server, "clear");
  await early.send(relay.port, 1);
  await server.receive();
  relay.setProfile(parseNetworkProfile("up blackout"), "newcomers");
  await late.send(relay.port, 2);
  await early.send(relay.port, 3);
  deepStrictEqual((await server.receive()).bytes, [3]);
});

Deno.test("datagrams before the server is known are refused and counted", async () => {
  using client = new Peer();
  using server = new Peer();
  await using relay = new UdpRelay();
  await client.send(relay.port, 1);
  while (relay.counters().refusedPackets === 0) await new Promise((done) => setTimeout(done, 1));
  relay.setUpstream("127.0.0.1", server.port);
  await client.send(relay.port, 2);
  deepStrictEqual((await server.receive()).bytes, [2]);
});

Deno.test("a rate is kept to, and everything that was taken arrives in order", async () => {
  using client = new Peer();
  using server = new Peer();
  await using relay = relayTo(server, "8mbit");
  const before = relay.counters();
  const startedAtMs = performance.now();
  const payload = Array.from({ length: 1_000 }, () => 0);
  for (let packet = 0; packet < 50; packet++) {
    await client.send(relay.port, packet, ...payload.slice(1));
  }
  const order: number[] = [];
  while (order.length < 50) order.push((await server.receive()).bytes[0]!);
  const tookMs = performance.now() - startedAtMs;
  deepStrictEqual(order, order.map((_, packet) => packet));
  ok(tookMs > 48 && tookMs < 50 + MACHINE_LATENESS_MS, `${tookMs} ms`);
  ok(deliveredRateBps("up", before, relay.counters()) <= 8_400_000);
});

Deno.test("disposing it twice, with packets on the way, ends everything", async () => {
  using client = new Peer();
  using server = new Peer();
  const relay = relayTo(server, "10s");
  await client.send(relay.port, 1);
  while (relay.counters().up.offeredPackets === 0) {
    await new Promise((done) => setTimeout(done, 1));
  }
  await relay[Symbol.asyncDispose]();
  await relay[Symbol.asyncDispose]();
});
