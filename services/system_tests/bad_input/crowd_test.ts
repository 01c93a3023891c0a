import assert from "node:assert/strict";
import { fetchJoinGrant } from "../../../client/core/meeting/grant.ts";
import { openWebTransport } from "../../runtime/webtransport/client.ts";
import { MAX_UNAUTHENTICATED_PER_ADDRESS } from "../../runtime/webtransport/limits.ts";
import { HeadlessClient } from "../headless_client.ts";
import { type Attack, AttackedStack, WEBTRANSPORT_SERVERS } from "./attacked_stack.ts";

/** Connections that one address opens at each server. */
const CROWD = 1_000;
/** Those that are under way at a time. */
const CROWD_WIDTH = 100;
const CROWD_LIMIT_MS = 60_000;
/** Another address of this machine. */
const OTHER_ADDRESS = "127.0.0.2";
/** How long others may take to join meanwhile, milliseconds. */
const JOIN_LIMIT_MS = 2_000;

/** Someone with the meeting's link at another address joins; resolves to how long it took, ms. */
async function joinFromElsewhere({ stack, meeting }: AttackedStack): Promise<number> {
  using endpoint = disposableEndpoint();
  await using client = new HeadlessClient({
    connect: (url, options) => openWebTransport(url, { ...options, endpoint: endpoint.quic }),
    fetchGrant: ({ signal }) => fetchJoinGrant(stack.url, meeting.code, { signal }),
  });
  const startedAtMs = performance.now();
  await client.join("Dora");
  return performance.now() - startedAtMs;
}

function disposableEndpoint(): { readonly quic: Deno.QuicEndpoint } & Disposable {
  const quic = new Deno.QuicEndpoint({ hostname: OTHER_ADDRESS, port: 0 });
  return { quic, [Symbol.dispose]: () => quic.close() };
}

/** A thousand sessions that never authenticate, at both servers. */
const crowd: Attack = async (attacker, stack) => {
  for (const name of WEBTRANSPORT_SERVERS) {
    const { port, hash } = stack.addressOf(name);
    let [left, opened, refused] = [CROWD, 0, 0];
    const joins: Promise<number>[] = [];
    await Promise.all(Array.from({ length: CROWD_WIDTH }, async () => {
      while (left-- > 0) {
        if (left === CROWD / 2) joins.push(joinFromElsewhere(stack));
        await attacker.open(`https://127.0.0.1:${port}/`, [hash]).ready
          .then(() => opened++, () => refused++);
      }
    }));
    joins.push(joinFromElsewhere(stack));
    const joinedMs = (await Promise.all(joins)).map(Math.round);
    console.log({ name, opened, refused, joinedMs });
    assert.ok(refused >= CROWD / 2, `${refused} were refused`);
    assert.ok(joinedMs.every((ms) => ms <= JOIN_LIMIT_MS), `joined after ${joinedMs} ms`);
    assert.ok(opened >= MAX_UNAUTHENTICATED_PER_ADDRESS);
  }
};

Deno.test("a crowd at one address keeps nobody else out", async () => {
  await using stage = await AttackedStack.start();
  await stage.endures(crowd, CROWD_LIMIT_MS);
});
