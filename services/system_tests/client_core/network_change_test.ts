import assert from "node:assert/strict";
import type { Connect } from "../../../client/core/meeting/meeting.ts";
import { camera, HeadlessClient, microphone } from "../headless_client.ts";
import { InMemoryServers } from "./in_memory_servers.ts";
import { SeverableNetwork } from "./severable_network.ts";

/** What a person may wait for a picture once the network is back, milliseconds. */
const RECOVERY_LIMIT_MS = 2_000;

/**
 * Ada, whose media goes over networks that come one after the other, and Bob on a sound one; each
 * sees the other.
 */
async function meet(servers: InMemoryServers, networkOf: () => SeverableNetwork) {
  const connect: Connect = async (url, options) => {
    const session = await servers.connect(url, options);
    return url.includes("media") ? networkOf().over(session) : session;
  };
  const ada = new HeadlessClient({ ...servers, connect });
  const bob = new HeadlessClient(servers);
  const [adaCamera, bobCamera] = [camera(), camera()];
  await ada.join("Ada", [adaCamera, microphone()]);
  await bob.join("Bob", [bobCamera]);
  const bothSeen = async (what: string, withinMs = RECOVERY_LIMIT_MS) => {
    const before = [bob.framesOf(adaCamera.streamId), ada.framesOf(bobCamera.streamId)]
      .map(({ length }) => length);
    await bob.until(what, async () => {
      await ada.send(adaCamera.streamId, { data: new Uint8Array(400) });
      await bob.send(bobCamera.streamId, { data: new Uint8Array(400) });
      return bob.framesOf(adaCamera.streamId).length > before[0]! + 3 &&
        ada.framesOf(bobCamera.streamId).length > before[1]! + 3;
    }, withinMs);
  };
  /** Both go on filming, whether it arrives or not. */
  const film = async (durationMs: number) => {
    const endMs = performance.now() + durationMs;
    await bob.until("the film is over", async () => {
      await ada.send(adaCamera.streamId, { data: new Uint8Array(400) });
      await bob.send(bobCamera.streamId, { data: new Uint8Array(400) });
      return performance.now() >= endMs;
    }, durationMs + 1_000);
  };
  await bothSeen("they see each other");
  return { ada, bob, bothSeen, film };
}

Deno.test("a network that is left for another is survived without leaving the meeting", async () => {
  await using servers = new InMemoryServers();
  const networks = [new SeverableNetwork()];
  const { ada, bob, bothSeen } = await meet(servers, () => networks.at(-1)!);
  await using _both = disposeBoth(ada, bob);
  const { participantId } = ada.state;
  networks[0]!.sever();
  networks.push(new SeverableNetwork());
  await bothSeen("they see each other again without being told", 2 * RECOVERY_LIMIT_MS);
  assert.equal(ada.state.participantId, participantId);
  assert.ok(ada.states.every(({ phase }) => phase !== "reconnecting"));

  networks.at(-1)!.sever();
  networks.push(new SeverableNetwork());
  ada.meeting.networkChanged();
  await bothSeen("they see each other again when the platform says so");
  assert.equal(ada.state.participantId, participantId);
});

Deno.test("after a blackout both see each other within two seconds", async () => {
  await using servers = new InMemoryServers();
  const network = new SeverableNetwork();
  const { ada, bob, bothSeen, film } = await meet(servers, () => network);
  await using _both = disposeBoth(ada, bob);
  for (const blackoutMs of [800, 2_500]) {
    network.sever();
    await film(blackoutMs);
    network.restore();
    await bothSeen(`they see each other after ${blackoutMs} ms`);
  }
});

function disposeBoth(...clients: HeadlessClient[]): AsyncDisposable {
  return {
    [Symbol.asyncDispose]: async () => {
      await Promise.all(clients.map((client) => client[Symbol.asyncDispose]()));
    },
  };
}
