import assert from "node:assert/strict";
import { camera, HeadlessClient, microphone } from "../headless_client.ts";
import { InMemoryServers } from "./in_memory_servers.ts";

/** A host, Ada, and two guests, Bob and Cleo. */
async function meeting(servers: InMemoryServers) {
  const [ada, bob, cleo] = [0, 1, 2].map(() => new HeadlessClient(servers));
  servers.grant = { role: "host", mustKnock: false };
  await ada!.join("Ada");
  servers.grant = { role: "participant", mustKnock: false };
  const bobStreams = [microphone(), camera()] as const;
  await bob!.join("Bob", [...bobStreams]);
  await cleo!.join("Cleo");
  const people = [ada!, bob!, cleo!] as const;
  for (const person of people) {
    await person.until("all see all", () => person.state.participants.length === 2);
  }
  return {
    ada: ada!,
    bob: bob!,
    cleo: cleo!,
    bobMicrophone: bobStreams[0],
    bobCamera: bobStreams[1],
    people,
    async [Symbol.asyncDispose]() {
      for (const person of people) await person[Symbol.asyncDispose]();
    },
  };
}

for (const e2eEncryption of [true, false]) {
  const kind = e2eEncryption ? "an encrypted" : "an open";

  Deno.test(`in ${kind} meeting people write, react and vote`, async () => {
    await using servers = new InMemoryServers({ e2eEncryption });
    await using met = await meeting(servers);
    const { ada, bob, cleo, people } = met;
    await ada.meeting.sendMessage("hello all");
    await bob.meeting.sendMessage("hello Ada alone", ada.state.participantId);
    await ada.until("Ada has both", () => ada.state.messages.length === 2);
    await bob.until("Bob has both", () => bob.state.messages.length === 2);
    await cleo.until("Cleo has one", () => cleo.state.messages.length === 1);
    assert.deepEqual(bob.state.messages.map(({ text, own }) => [text, own]), [
      ["hello all", false],
      ["hello Ada alone", true],
    ]);
    await cleo.meeting.react("🎉");
    for (const person of people) {
      await person.until("the reaction is seen", () => person.reactions.length === 1);
    }
    await ada.meeting.openPoll("Lunch?", ["Soup", "Salad"]);
    for (const person of people) {
      await person.until("the poll is seen", () => person.state.polls.length === 1);
      await person.meeting.vote(person.state.polls[0]!.pollId, person === cleo ? 0 : 1);
    }
    for (const person of people) {
      await person.until("all votes are counted", () => {
        return person.state.polls[0]!.votes.join() === "1,2";
      });
    }
    await ada.meeting.closePoll(ada.state.polls[0]!.pollId);
    await bob.until("it is closed", () => bob.state.polls[0]!.closed);
    assert.equal(cleo.state.messages.length, 1, "what is private stays so");
  });
}

Deno.test("who a host mutes is silent at once, and heard again by unmuting alone", async () => {
  await using servers = new InMemoryServers();
  await using met = await meeting(servers);
  const { ada, bob, bobMicrophone } = met;
  const heard = () => ada.framesOf(bobMicrophone.streamId).length;
  await bob.sendUntil(bobMicrophone.streamId, "Ada hears Bob", () => heard() > 3);
  await ada.meeting.mute("audio", bob.state.participantId);
  await bob.until("Bob is muted", () => bob.state.localStreams[0]!.mutedByModerator);
  assert.equal(bob.state.localStreams[0]!.muted, true);
  assert.equal(await bob.send(bobMicrophone.streamId, { data: new Uint8Array(50) }), false);
  await ada.meeting.askToUnmute(bob.state.participantId!, "audio");
  await bob.until("Bob is asked", () => bob.unmuteAsked.length === 1);
  await bob.meeting.setMuted(bobMicrophone.streamId, false);
  const before = heard();
  await bob.sendUntil(bobMicrophone.streamId, "Ada hears Bob again", () => heard() > before + 3);
  await ada.until(
    "nobody is muted",
    () => ada.participant("Bob")!.streams.every(({ mutedByModerator }) => !mutedByModerator),
  );
});

Deno.test("a host stops a camera, changes a role, and removes somebody for good", async () => {
  await using servers = new InMemoryServers();
  await using met = await meeting(servers);
  const { ada, bob, cleo, bobCamera } = met;
  await ada.meeting.stopStream(bobCamera.streamId);
  await bob.until("Bob's camera is gone", () => bob.stopped.includes(bobCamera.streamId));
  await ada.meeting.changeRole(bob.state.participantId!, "co-host");
  await bob.until("Bob moderates", () => bob.state.role === "co-host");
  await assert.rejects(cleo.meeting.setLocked(true), { reason: "not-allowed" });
  await bob.meeting.setLocked(true);
  await cleo.until("it is locked", () => cleo.state.locked);
  await bob.meeting.remove(cleo.state.participantId!, { ban: true });
  await cleo.until("Cleo is out", () => cleo.state.phase === "failed");
  assert.equal(cleo.state.error?.reason, "banned");
});

Deno.test("who knocks waits until a host decides", async () => {
  await using servers = new InMemoryServers({ lobbyEnabled: true });
  await using ada = new HeadlessClient(servers);
  servers.grant = { role: "host", mustKnock: false };
  await ada.join("Ada");
  servers.grant = { role: "participant", mustKnock: true };
  await using bob = new HeadlessClient(servers);
  await using eve = new HeadlessClient(servers);
  const bobJoins = bob.join("Bob", [camera()]);
  const eveJoins = assert.rejects(eve.join("Eve"), { reason: "not-admitted" });
  await ada.until("both knock", () => ada.state.knocks.length === 2);
  assert.equal(bob.state.phase, "waiting");
  const idOf = (name: string) => ada.state.knocks.find((knock) => knock.name === name)!;
  const [bobKnock, eveKnock] = [idOf("Bob"), idOf("Eve")];
  await ada.meeting.decideAdmission([bobKnock.participantId], true);
  await bobJoins;
  await ada.until("Bob is in", () => ada.participant("Bob") !== undefined);
  await ada.meeting.decideAdmission([eveKnock.participantId], false);
  await eveJoins;
  assert.equal(ada.participant("Eve"), undefined);
});
