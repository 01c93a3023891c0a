import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { parseNetworkProfile } from "./network_profile_text.ts";
import { TcpRelay } from "./tcp_relay.ts";

/** Milliseconds by which a busy machine may be late. */
const MACHINE_LATENESS_MS = 80;

/** An HTTP server behind a relay. */
function start(text: string, handler: (request: Request) => Response | Promise<Response>) {
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, handler);
  const relay = new TcpRelay({ profile: parseNetworkProfile(text) });
  relay.setUpstream("127.0.0.1", server.addr.port);
  const client = Deno.createHttpClient({});
  return {
    relay,
    fetch: (init: RequestInit = {}) =>
      fetch(`http://127.0.0.1:${relay.port}/`, { ...init, client }),
    async [Symbol.asyncDispose]() {
      client.close();
      await relay[Symbol.asyncDispose]();
      await server.shutdown();
    },
  };
}

async function timeMs(work: () => Promise<unknown>): Promise<number> {
  const startedAtMs = performance.now();
  await work();
  return performance.now() - startedAtMs;
}

Deno.test("requests and answers of any size pass as they are", async () => {
  await using t = start("clear", async (request) => new Response(await request.arrayBuffer()));
  const body = crypto.getRandomValues(new Uint8Array(60_000));
  const large = new Uint8Array(20 * body.length).map((_, index) => body[index % body.length]!);
  const answer = await (await t.fetch({ method: "POST", body: large })).bytes();
  strictEqual(answer.length, large.length);
  ok(answer.every((byte, index) => byte === large[index]));
  ok(t.relay.counters().downBytes > large.length);
});

Deno.test("a new connection takes two round trips to its answer, an open one takes one", async () => {
  await using t = start("60ms", () => new Response("here"));
  const ask = async () => strictEqual(await (await t.fetch()).text(), "here");
  const [firstMs, secondMs] = [await timeMs(ask), await timeMs(ask)];
  ok(firstMs > 118 && firstMs < 120 + MACHINE_LATENESS_MS, `${firstMs} ms`);
  ok(secondMs > 58 && secondMs < 60 + MACHINE_LATENESS_MS, `${secondMs} ms`);
});

Deno.test("the rate shapes a download", async () => {
  await using t = start("down 8mbit", () => new Response(new Uint8Array(200_000)));
  const tookMs = await timeMs(async () => await (await t.fetch()).bytes());
  ok(tookMs > 199 && tookMs < 200 + MACHINE_LATENESS_MS, `${tookMs} ms`);
});

Deno.test("a blackout holds bytes up, and they arrive once it ends", async () => {
  await using t = start("blackout", () => new Response("at last"));
  const answer = t.fetch();
  const first = await Promise.race([
    answer.then(() => "answered"),
    new Promise((resolve) => setTimeout(() => resolve("silence"), 100)),
  ]);
  strictEqual(first, "silence");
  t.relay.setProfile(parseNetworkProfile("clear"));
  strictEqual(await (await answer).text(), "at last");
});

Deno.test("the end of one side reaches the other", async () => {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  await using relay = new TcpRelay();
  relay.setUpstream("127.0.0.1", listener.addr.port);
  using client = await Deno.connect({ hostname: "127.0.0.1", port: relay.port });
  using server = await listener.accept();
  await client.write(Uint8Array.of(1));
  await client.closeWrite();
  const received: number[] = [];
  for await (const chunk of server.readable) received.push(...chunk);
  deepStrictEqual(received, [1]);
});

Deno.test("a connection to a server that is not there is closed", async () => {
  await using relay = new TcpRelay();
  using client = await Deno.connect({ hostname: "127.0.0.1", port: relay.port });
  strictEqual(await client.read(new Uint8Array(1)), null);
});

Deno.test("a cut ends what is open and what comes, until there is a server again", async () => {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  await using relay = new TcpRelay();
  relay.setUpstream("127.0.0.1", listener.addr.port);
  const connect = () => Deno.connect({ hostname: "127.0.0.1", port: relay.port });
  using before = await connect();
  using first = await listener.accept();
  relay.cut();
  strictEqual(await before.read(new Uint8Array(1)), null);
  strictEqual(await first.read(new Uint8Array(1)), null);
  using meanwhile = await connect();
  strictEqual(await meanwhile.read(new Uint8Array(1)), null);
  relay.setUpstream("127.0.0.1", listener.addr.port);
  using after = await connect();
  using second = await listener.accept();
  await after.write(Uint8Array.of(7));
  strictEqual(await second.read(new Uint8Array(1)), 1);
});
