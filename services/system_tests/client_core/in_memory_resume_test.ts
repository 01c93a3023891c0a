import assert from "node:assert/strict";
import { camera, HeadlessClient } from "../headless_client.ts";
import { InMemoryServers } from "./in_memory_servers.ts";

/** Longest pause of a picture while only signaling is lost, milliseconds. */
const PAUSE_LIMIT_MS = 500;
/** Time between two pictures, milliseconds. */
const PICTURE_INTERVAL_MS = 33;
/** Longest until a meeting is taken over whose controller died: its lease has to run out. */
const TAKEOVER_LIMIT_MS = 8_000;

/** Ada, who shows herself all the time, and Bob, who looks at her. */
async function watching(servers: InMemoryServers) {
  const ada = new HeadlessClient(servers);
  const bob = new HeadlessClient(servers);
  const adaCamera = camera();
  await ada.join("Ada", [adaCamera]);
  await bob.join("Bob");
  const pump = setInterval(() => {
    ada.send(adaCamera.streamId, { data: new Uint8Array(400) }).catch(() => undefined);
  }, PICTURE_INTERVAL_MS);
  const seen = () => bob.framesOf(adaCamera.streamId);
  await bob.until("Bob sees Ada", () => seen().length > 3);
  return {
    ada,
    bob,
    adaCamera,
    /** Until further pictures have come. */
    async flows() {
      const before = seen().length;
      await bob.until("pictures go on", () => seen().length > before + 3);
    },
    /** The longest time without a picture since then, milliseconds. */
    longestPauseMs(sinceMs: number) {
      const times = [...seen().map(({ arrivedAtMs }) => arrivedAtMs), performance.now()]
        .filter((atMs) => atMs >= sinceMs);
      return Math.max(...times.map((atMs, i) => atMs - (times[i - 1] ?? sinceMs)));
    },
    async [Symbol.asyncDispose]() {
      clearInterval(pump);
      await Promise.all([ada[Symbol.asyncDispose](), bob[Symbol.asyncDispose]()]);
    },
  };
}

Deno.test("a lost signaling session is resumed, and nobody misses a picture", async () => {
  await using servers = new InMemoryServers();
  await using watched = await watching(servers);
  const { ada, bob } = watched;
  const ids = [ada.state.participantId, bob.state.participantId];
  const from = [ada.states.length, bob.states.length];
  const lostAtMs = performance.now();
  for (const { to, client } of servers.connections) if (to === "controller") client.close();
  for (const [index, client] of [ada, bob].entries()) {
    await client.until("it is back", () => {
      const phases = client.states.slice(from[index]).map(({ phase }) => phase);
      return phases.includes("reconnecting") && phases.at(-1) === "joined";
    });
  }
  await watched.flows();
  assert.deepEqual([ada.state.participantId, bob.state.participantId], ids);
  assert.ok(watched.longestPauseMs(lostAtMs) < PAUSE_LIMIT_MS);
  for (const client of [ada, bob]) {
    assert.ok(client.states.slice(from[0]).every(({ media }) => media === "connected"));
    assert.equal(client.state.participants.length, 1);
  }
});

Deno.test("another controller goes on with the meeting of one that died, and media never stops", async () => {
  await using servers = new InMemoryServers();
  await using watched = await watching(servers);
  const { ada, bob, adaCamera } = watched;
  await bob.meeting.raiseHand(true);
  await ada.meeting.sendMessage("before");
  await bob.until("Bob has read it", () => bob.state.messages.length === 1);
  const ids = [ada.state.participantId, bob.state.participantId];
  const diedAtMs = performance.now();
  servers.kill();
  const back = (client: HeadlessClient) =>
    client.until("it is taken over", () => client.state.phase === "joined", TAKEOVER_LIMIT_MS);
  await ada.until("Ada notices", () => ada.state.phase === "reconnecting");
  const sent = ada.meeting.sendMessage("meanwhile");
  await Promise.all([back(ada), back(bob)]);
  await sent;
  await bob.until("Bob has read it, too", () => bob.state.messages.length === 2);
  await watched.flows();
  assert.ok(watched.longestPauseMs(diedAtMs) < PAUSE_LIMIT_MS);
  assert.deepEqual([ada.state.participantId, bob.state.participantId], ids);
  assert.deepEqual(bob.state.messages.map(({ text }) => text), ["before", "meanwhile"]);
  assert.equal(ada.participant("Bob")?.handRaised, bob.state.handRaised);
  assert.notEqual(bob.state.handRaised, 0);
  assert.equal(bob.participant("Ada")?.streams[0]?.streamId, adaCamera.streamId);
});

Deno.test("a controller that is drained hands its meeting over, and nobody notices", async () => {
  await using servers = new InMemoryServers();
  await using watched = await watching(servers);
  const { ada, bob } = watched;
  const from = [ada.states.length, bob.states.length];
  const drainedAtMs = performance.now();
  await servers.drain();
  await watched.flows();
  assert.ok(watched.longestPauseMs(drainedAtMs) < PAUSE_LIMIT_MS);
  for (const [index, client] of [ada, bob].entries()) {
    for (const { phase, media } of client.states.slice(from[index])) {
      assert.deepEqual({ phase, media }, { phase: "joined", media: "connected" });
    }
  }
  const urls = servers.connections.filter(({ to }) => to === "controller").map(({ url }) => url);
  assert.equal(new Set(urls).size, 2);
  await ada.meeting.raiseHand(true);
  await bob.until("Bob sees the hand", () => bob.participant("Ada")?.handRaised !== 0);
});
