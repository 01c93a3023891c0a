import assert from "node:assert/strict";
import { ErrorCode } from "../../../proto/gen/dark_tower/signaling/v1/signaling_pb.ts";
import { MeetingStage } from "../testing/meeting_stage.ts";
import type { RequestInit } from "../testing/signaling_client.ts";

const text = (content: string) => new TextEncoder().encode(content);
const message = (recipientId = ""): RequestInit => ({
  case: "sendMessage",
  value: { messageId: crypto.randomUUID(), recipientId, content: text("hello") },
});

Deno.test("whoever says something is answered, and all hear it in one order", async () => {
  await using stage = await MeetingStage.open({ settings: { e2eEncryption: false } });
  const host = await stage.join("Host", {
    joinToken: await stage.token(undefined, { role: "host" }),
  });
  const anna = await stage.join("Anna");
  const poll = { pollId: crypto.randomUUID(), content: text("Lunch?") };
  await anna.request({ case: "raiseHand", value: { raised: true } }, "acknowledgement");
  await anna.request(message(), "acknowledgement");
  await anna.request({ case: "sendReaction", value: { content: text("👍") } }, "acknowledgement");
  await host.request({ case: "openPoll", value: poll }, "acknowledgement");
  const vote = { pollId: poll.pollId, content: Uint8Array.of(1) };
  await anna.request({ case: "castVote", value: vote }, "acknowledgement");
  await host.request({ case: "closePoll", value: { pollId: poll.pollId } }, "acknowledgement");
  await anna.settle();
  for (const client of [host, anna]) {
    const heard = client.events.map((event) => event.case)
      .filter((kind) => kind !== "participantJoined");
    assert.deepEqual(heard, [
      "participantUpdated",
      "messageReceived",
      "reactionReceived",
      "pollUpdated",
      "voteReceived",
      "pollUpdated",
    ]);
  }
});

Deno.test("a private message reaches nobody else", async () => {
  await using stage = await MeetingStage.open();
  const [anna, ben, cleo] = [
    await stage.join("Anna"),
    await stage.join("Ben"),
    await stage.join("Cleo"),
  ];
  await anna.request(message(ben.participantId), "acknowledgement");
  assert.equal((await ben.event("messageReceived")).senderName, "Anna");
  await cleo.settle();
  assert.ok(!cleo.arrivals.includes("messageReceived"));
});

Deno.test("without the grant nothing is said, and hands are raised all the same", async () => {
  await using stage = await MeetingStage.open();
  const joinToken = await stage.token(undefined, { role: "host", grants: ["microphone"] });
  const silent = await stage.join("Silent", { joinToken });
  const content = text("hm");
  const pollId = crypto.randomUUID();
  const requests: RequestInit[] = [
    message(),
    { case: "sendReaction", value: { content } },
    { case: "openPoll", value: { pollId, content } },
    { case: "castVote", value: { pollId, content } },
  ];
  for (const request of requests) {
    assert.equal(await silent.refused(request), ErrorCode.FORBIDDEN, request.case);
  }
  await silent.request({ case: "raiseHand", value: { raised: true } }, "acknowledgement");
});

Deno.test("who joins gets no messages of before", async () => {
  await using stage = await MeetingStage.open();
  const anna = await stage.join("Anna");
  await anna.request(message(), "acknowledgement");
  const ben = await stage.join("Ben");
  await ben.settle();
  assert.equal(ben.joined.lastMessageNumber, 1n);
  assert.ok(!ben.arrivals.includes("messageReceived"));
});
