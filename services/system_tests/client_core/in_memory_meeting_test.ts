import assert from "node:assert/strict";
import { camera, HeadlessClient, microphone } from "../headless_client.ts";
import { InMemoryServers } from "./in_memory_servers.ts";
import { containsWindowOf, equalBytes } from "./plaintext_search.ts";

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
  const first = pictures.findIndex((data) => equalBytes(data, received[0]!.data));
  assert.ok(first >= 0);
  received.forEach(({ data }, index) => assert.deepEqual(data, pictures[first + index]));
  assert.equal(received[0]!.keyFrame, true);
  assert.equal(received[0]!.participantId, ada.state.participantId);

  const sounds = await bob.sendUntil(
    bobMicrophone.streamId,
    "Ada has ten sounds",
    () => ada.framesOf(bobMicrophone.streamId).length >= 10,
  );
  for (const { data } of ada.framesOf(bobMicrophone.streamId)) {
    assert.ok(sounds.some((sound) => equalBytes(sound, data)));
  }
  assert.deepEqual(ada.timings, ["join.signaling", "join.media", "join.first-frame"]);
});

Deno.test("in a meeting of three everyone receives both others", async () => {
  await using servers = new InMemoryServers();
  await using ada = new HeadlessClient(servers);
  await using bob = new HeadlessClient(servers);
  await using cleo = new HeadlessClient(servers);
  const clients = [ada, bob, cleo];
  const cameras = [camera(), camera(), camera()];
  await Promise.all(clients.map((client, i) => client.join(`Person ${i}`, [cameras[i]!])));

  const complete = () =>
    clients.every((client, i) =>
      cameras.every(({ streamId }, j) => i === j || client.framesOf(streamId).length >= 5)
    );
  await Promise.all(
    clients.map((client, i) =>
      client.sendUntil(cameras[i]!.streamId, "everyone sees everyone", complete)
    ),
  );
  for (const [i, client] of clients.entries()) {
    assert.equal(client.framesOf(cameras[i]!.streamId).length, 0);
    assert.equal(client.state.participants.length, 2);
  }
});

Deno.test("what the media handler forwards holds nothing of the plaintext", async () => {
  await using servers = new InMemoryServers();
  await using ada = new HeadlessClient(servers);
  await using bob = new HeadlessClient(servers);
  const [adaCamera, adaMicrophone] = [camera(), microphone()];
  await ada.join("Ada", [adaCamera, adaMicrophone]);
  await bob.join("Bob");
  const plaintext = [
    ...await ada.sendUntil(
      adaCamera.streamId,
      "Bob has twenty pictures",
      () => bob.framesOf(adaCamera.streamId).length >= 20,
    ),
    ...await ada.sendUntil(
      adaMicrophone.streamId,
      "Bob has twenty sounds",
      () => bob.framesOf(adaMicrophone.streamId).length >= 20,
    ),
  ];
  const forwarded = servers.forwardedBytes();
  assert.ok(forwarded.length > 2 * 20 * 400);
  assert.equal(containsWindowOf(forwarded, plaintext), false);
});

Deno.test("the same search finds the plaintext where the meeting is not encrypted", async () => {
  await using servers = new InMemoryServers({ e2eEncryption: false });
  await using ada = new HeadlessClient(servers);
  await using bob = new HeadlessClient(servers);
  const adaCamera = camera();
  await ada.join("Ada", [adaCamera]);
  await bob.join("Bob");
  const plaintext = await ada.sendUntil(
    adaCamera.streamId,
    "Bob has a picture",
    () => bob.framesOf(adaCamera.streamId).length >= 1,
  );
  assert.equal(bob.state.e2eEncryption, false);
  assert.equal(containsWindowOf(servers.forwardedBytes(), plaintext), true);
});

Deno.test("a muted stream is seen muted, sends nothing, and goes on with a key frame", async () => {
  await using servers = new InMemoryServers();
  await using ada = new HeadlessClient(servers);
  await using bob = new HeadlessClient(servers);
  const adaCamera = camera();
  await ada.join("Ada", [adaCamera]);
  await bob.join("Bob");
  const seen = () => bob.framesOf(adaCamera.streamId).length;
  await ada.sendUntil(adaCamera.streamId, "Bob sees Ada", () => seen() > 3);

  await ada.meeting.setMuted(adaCamera.streamId, true);
  const isMuted = () => bob.participant("Ada")?.streams[0]?.muted;
  await bob.until("Bob sees Ada's camera off", () => isMuted() === true);
  assert.equal(await ada.send(adaCamera.streamId, { data: new Uint8Array(9) }), false);

  await ada.meeting.setMuted(adaCamera.streamId, false);
  await bob.until("Bob sees Ada's camera on", () => isMuted() === false);
  assert.equal(ada.meeting.localStream(adaCamera.streamId)?.needsKeyFrame, true);
  const before = seen();
  const sent = await ada.sendUntil(
    adaCamera.streamId,
    "Bob sees Ada again",
    () => seen() > before + 3,
  );
  const continued = bob.framesOf(adaCamera.streamId)
    .find(({ data }) => sent.some((frame) => equalBytes(frame, data)));
  assert.equal(continued?.keyFrame, true);
});

Deno.test("a screen that is shared later appears, shows, and disappears", async () => {
  await using servers = new InMemoryServers();
  await using ada = new HeadlessClient(servers);
  await using bob = new HeadlessClient(servers);
  await Promise.all([ada.join("Ada"), bob.join("Bob")]);
  const screen = { ...camera(), type: "screen" as const, label: "Slides" };
  await ada.meeting.publish(screen);
  await bob.until(
    "Bob knows of the screen",
    () => bob.participant("Ada")?.streams[0]?.label === "Slides",
  );
  assert.equal(bob.participant("Ada")?.streams[0]?.type, "screen");
  await ada.sendUntil(
    screen.streamId,
    "Bob sees the screen",
    () => bob.framesOf(screen.streamId).length > 3,
  );
  await ada.meeting.unpublish(screen.streamId);
  assert.equal(ada.meeting.localStream(screen.streamId), undefined);
  await bob.until("the screen is gone", () => bob.participant("Ada")?.streams.length === 0);
});

Deno.test("someone who leaves, and someone whose session closes, are gone for the others", async () => {
  await using servers = new InMemoryServers();
  await using ada = new HeadlessClient(servers);
  await using bob = new HeadlessClient(servers);
  const cleo = new HeadlessClient(servers);
  await Promise.all([ada.join("Ada"), bob.join("Bob")]);
  await cleo.join("Cleo");
  await ada.until("Ada sees two", () => ada.state.participants.length === 2);

  await bob.meeting.leave();
  assert.equal(bob.state.phase, "left");
  await ada.until("Bob is gone", () => ada.participant("Bob") === undefined);

  await cleo[Symbol.asyncDispose]();
  await ada.until("Cleo is gone", () => ada.state.participants.length === 0);
});

Deno.test("who joins late sees a picture at once, and nothing of before", async () => {
  await using servers = new InMemoryServers();
  await using ada = new HeadlessClient(servers);
  await using bob = new HeadlessClient(servers);
  await using cleo = new HeadlessClient(servers);
  const adaCamera = camera();
  await ada.join("Ada", [adaCamera]);
  await bob.join("Bob");
  await ada.sendUntil(
    adaCamera.streamId,
    "Bob sees Ada",
    () => bob.framesOf(adaCamera.streamId).length > 10,
  );
  const before = bob.framesOf(adaCamera.streamId).map(({ data }) => data);
  const joining = cleo.join("Cleo");
  const startedAtMs = performance.now();
  await ada.sendUntil(
    adaCamera.streamId,
    "Cleo sees Ada",
    () => cleo.framesOf(adaCamera.streamId).length > 3,
  );
  await joining;
  assert.ok(performance.now() - startedAtMs < 1_000);
  const seen = cleo.framesOf(adaCamera.streamId);
  assert.equal(seen[0]!.keyFrame, true);
  for (const { data } of seen) assert.ok(!before.some((old) => equalBytes(old, data)));
});

Deno.test("a prepared participant is invisible, and joins with one message", async () => {
  await using servers = new InMemoryServers();
  await using ada = new HeadlessClient(servers);
  await using bob = new HeadlessClient(servers);
  const adaCamera = camera();
  await ada.join("Ada", [adaCamera]);
  await bob.meeting.prepare();
  assert.equal(bob.state.phase, "prepared");
  assert.equal(bob.state.participantId, undefined);
  assert.equal(ada.state.participants.length, 0);
  const connections = servers.connections.length;

  await bob.join("Bob");
  assert.equal(servers.connections.length, connections);
  await ada.until("Ada sees Bob", () => ada.participant("Bob") !== undefined);
  await ada.sendUntil(
    adaCamera.streamId,
    "Bob sees Ada",
    () => bob.framesOf(adaCamera.streamId).length > 3,
  );
  assert.deepEqual(bob.timings, ["join.signaling", "join.media", "join.first-frame"]);
});

Deno.test("a join that overtakes its preparation connects once", async () => {
  await using servers = new InMemoryServers();
  await using ada = new HeadlessClient(servers);
  const preparing = ada.meeting.prepare();
  await ada.join("Ada", [microphone()]);
  await preparing;
  assert.equal(ada.state.phase, "joined");
  assert.deepEqual(servers.connections.map(({ to }) => to).sort(), ["controller", "media"]);
});

Deno.test("a lost media session alone is replaced, and frames flow both ways again", async () => {
  await using servers = new InMemoryServers();
  await using ada = new HeadlessClient(servers);
  await using bob = new HeadlessClient(servers);
  const [adaCamera, bobCamera] = [camera(), camera()];
  await ada.join("Ada", [adaCamera]);
  const participantId = ada.state.participantId;
  await bob.join("Bob", [bobCamera]);
  await ada.sendUntil(
    adaCamera.streamId,
    "Bob sees Ada",
    () => bob.framesOf(adaCamera.streamId).length > 3,
  );
  await bob.sendUntil(
    bobCamera.streamId,
    "Ada sees Bob",
    () => ada.framesOf(bobCamera.streamId).length > 3,
  );
  servers.connections.find(({ to }) => to === "media")!.client.close();
  await ada.until("Ada notices", () => ada.state.media !== "connected");
  await ada.until("media is back", () => ada.state.media === "connected");

  assert.equal(ada.state.participantId, participantId);
  const [seenOfAda, seenOfBob] = [
    bob.framesOf(adaCamera.streamId).length,
    ada.framesOf(bobCamera.streamId).length,
  ];
  await ada.sendUntil(
    adaCamera.streamId,
    "Bob sees Ada again",
    () => bob.framesOf(adaCamera.streamId).length > seenOfAda + 3,
  );
  await bob.sendUntil(
    bobCamera.streamId,
    "Ada sees Bob again",
    () => ada.framesOf(bobCamera.streamId).length > seenOfBob + 3,
  );
  // Nothing is shown twice.
  const sequences = ada.framesOf(bobCamera.streamId).map(({ sequence }) => sequence);
  assert.equal(new Set(sequences).size, sequences.length);
});

Deno.test("the end of the meeting ends it for everyone, without another try", async () => {
  await using servers = new InMemoryServers();
  await using ada = new HeadlessClient(servers);
  await ada.join("Ada");
  await servers.controller.end(servers.meetingId);
  await ada.until("Ada is told", () => ada.state.phase === "failed");
  assert.equal(ada.state.error?.reason, "meeting-ended");
});
