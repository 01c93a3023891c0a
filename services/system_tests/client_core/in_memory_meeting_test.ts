import assert from "node:assert/strict";
import { camera, HeadlessClient, microphone } from "./headless_client.ts";
import { InMemoryServers } from "./in_memory_servers.ts";

Deno.test("two participants receive each other's frames as they were sent", async () => {
  await using servers = new InMemoryServers();
  await using ada = new HeadlessClient(servers);
  await using bob = new HeadlessClient(servers);
  const adaCamera = camera();
  const bobMicrophone = microphone();
  await ada.join("Ada", [adaCamera]);
  await bob.join("Bob", [bobMicrophone]);

  assert.equal(bob.participant("Ada")?.streams[0]?.streamId, adaCamera.streamId);
  await ada.until("Ada sees Bob", () => ada.participant("Bob") !== undefined);
  assert.equal(ada.state.displayName, "Weekly");
  assert.equal(ada.state.e2eEncryption, true);

  const pictures = await ada.sendUntil(
    adaCamera.streamId,
    "Bob has ten pictures",
    () => bob.framesOf(adaCamera.streamId).length >= 10,
  );
  const received = bob.framesOf(adaCamera.streamId);
  const first = pictures.findIndex((data) => equal(data, received[0]!.data));
  assert.ok(first >= 0);
  received.forEach(({ data }, index) => assert.deepEqual(data, pictures[first + index]));
  assert.equal(received[0]!.keyFrame, true);
  assert.equal(received[0]!.participantId, ada.state.participantId);

  const sounds = await bob.sendUntil(
    bobMicrophone.streamId,
    "Ada has ten sounds",
    () => ada.framesOf(bobMicrophone.streamId).length >= 10,
  );
  assert.ok(ada.framesOf(bobMicrophone.streamId).every(({ data }) => contains(sounds, data)));
  assert.deepEqual(ada.timings, ["join.signaling", "join.media", "join.first-frame"]);
});

function equal(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, index) => byte === b[index]);
}

function contains(all: readonly Uint8Array[], data: Uint8Array): boolean {
  return all.some((candidate) => equal(candidate, data));
}
