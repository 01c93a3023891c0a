import assert from "node:assert/strict";
import { ScriptedMeeting } from "../testing/scripted_meeting.ts";
import type { ControllerMessage, ScriptedConnection } from "../testing/scripted_servers.ts";
import { encodeContent } from "./content.ts";

const POLL_ID = "33333333-3333-4333-8333-333333333333";
const QUESTION = encodeContent({
  case: "pollQuestion",
  value: { question: "Lunch?", options: ["Soup", "Salad"] },
});

function text(text: string) {
  return encodeContent({ case: "chatText", value: { text } });
}

function vote(senderId: string, option: number): ControllerMessage {
  const content = encodeContent({ case: "pollVote", value: { option } });
  return { case: "voteReceived", value: { pollId: POLL_ID, senderId, content } };
}

function opened(closed = false): ControllerMessage {
  return {
    case: "pollUpdated",
    value: { pollId: POLL_ID, senderId: "bob", content: QUESTION, closed },
  };
}

function message(number: bigint, words: string, recipientId = ""): ControllerMessage {
  return {
    case: "messageReceived",
    value: {
      messageId: `${number}`,
      senderId: "bob",
      senderName: "Bob",
      recipientId,
      content: text(words),
      number,
      sentAt: 1_000n + number,
    },
  };
}

async function say(client: ScriptedMeeting, ...messages: ControllerMessage[]): Promise<void> {
  for (const said of messages) client.servers.newest("controller").say(said);
  await client.time.advance(0);
}

/** The controller tells what is sent to who sent it, as it does to all. */
function echoing(client: ScriptedMeeting): void {
  let number = 0n;
  client.servers.script = (request, { say }: ScriptedConnection) => {
    const senderId = client.state.participantId!;
    if (request.case === "sendMessage") {
      const { messageId, recipientId, content } = request.value;
      number++;
      const value = { messageId, recipientId, content, number, senderId, senderName: "Ada" };
      say({ case: "messageReceived", value });
    } else if (request.case === "sendReaction") {
      say({ case: "reactionReceived", value: { senderId, content: request.value.content } });
    } else if (request.case === "castVote") {
      const { pollId, content } = request.value;
      say({ case: "voteReceived", value: { senderId, pollId, content } });
    }
    return undefined;
  };
}

Deno.test("messages show who said what to whom, one's own among them", async () => {
  await using client = await ScriptedMeeting.joined();
  echoing(client);
  await client.settle(client.meeting.sendMessage("hello"));
  await say(client, message(2n, "hi Ada", client.state.participantId));
  assert.deepEqual(
    client.state.messages.map(({ text, own, senderName, recipientId }) => [
      text,
      own,
      senderName,
      recipientId,
    ]),
    [
      ["hello", true, "Ada", undefined],
      ["hi Ada", false, "Bob", client.state.participantId],
    ],
  );
});

Deno.test("messages that were missed come after the resume, none of them twice", async () => {
  await using client = await ScriptedMeeting.joined((servers) => {
    servers.joinAnswer = { lastMessageNumber: 3n };
  });
  const { servers, time } = client;
  await say(client, message(3n, "before the join"), message(4n, "four"));
  servers.newest("controller").session.fail(new Error("idle timeout"));
  await time.advance(500);
  const resume = servers.newest("controller").requests[0];
  assert.equal(resume?.case === "resumeRequest" && resume.value.lastMessageNumber, 4n);
  await say(client, message(4n, "four"), message(5n, "five"));
  assert.deepEqual(client.state.messages.map(({ text }) => text), ["four", "five"]);
});

Deno.test("what was read stays when the participant has to join anew", async () => {
  await using client = await ScriptedMeeting.joined((servers) => {
    servers.resumable = false;
  });
  await say(client, message(1n, "hello"));
  client.servers.newest("controller").session.fail(new Error("idle timeout"));
  await client.time.advance(2_000);
  await say(client, message(2n, "again"));
  assert.deepEqual(client.state.messages.map(({ text }) => text), ["hello", "again"]);
  await client.settle(client.meeting.leave());
  assert.deepEqual(client.state.messages, []);
});

Deno.test("what is no content is not shown", async () => {
  await using client = await ScriptedMeeting.joined();
  const garbage: ControllerMessage = {
    case: "messageReceived",
    value: { messageId: "1", senderId: "bob", number: 1n, content: new Uint8Array([255]) },
  };
  await say(client, garbage, message(2n, "fine"));
  assert.deepEqual(client.state.messages.map(({ text }) => text), ["fine"]);
});

Deno.test("reactions are told with who reacts, also one's own", async () => {
  await using client = await ScriptedMeeting.joined();
  echoing(client);
  await client.settle(client.meeting.react("🎉"));
  assert.deepEqual(client.notices, [
    { reaction: { participantId: client.state.participantId, emoji: "🎉" } },
  ]);
});

Deno.test("a poll is counted as the votes come, and closed", async () => {
  await using client = await ScriptedMeeting.joined();
  echoing(client);
  await say(client, opened(), vote("bob", 0), vote("cleo", 1), vote("bob", 1), vote("eve", 9));
  await client.settle(client.meeting.vote(POLL_ID, 0));
  assert.deepEqual(client.state.polls, [{
    pollId: POLL_ID,
    senderId: "bob",
    question: "Lunch?",
    options: ["Soup", "Salad"],
    votes: [1, 2],
    ownVote: 0,
    closed: false,
  }]);
  await say(client, opened(true));
  assert.equal(client.state.polls[0]?.closed, true);
});

Deno.test("polls that were open before the join, or went on while away, stand as they are", async () => {
  const votes = (...said: ControllerMessage[]) =>
    said.flatMap((one) => one?.case === "voteReceived" ? [one.value] : []);
  const standing = { pollId: POLL_ID, senderId: "bob", content: QUESTION };
  await using client = await ScriptedMeeting.joined((servers) => {
    servers.joinAnswer = { polls: [{ ...standing, votes: votes(vote("bob", 0)) }] };
  });
  const { servers, time } = client;
  assert.deepEqual(client.state.polls[0]?.votes, [1, 0]);
  servers.joinAnswer = {
    polls: [{ ...standing, closed: true, votes: votes(vote("bob", 1), vote("cleo", 1)) }],
  };
  servers.newest("controller").session.fail(new Error("idle timeout"));
  await time.advance(500);
  assert.deepEqual(client.state.polls[0]?.votes, [0, 2]);
  assert.equal(client.state.polls[0]?.closed, true);
});

Deno.test("texts that are empty or too long, and polls of one option, are not sent", async () => {
  await using client = await ScriptedMeeting.joined();
  const { meeting } = client;
  for (
    const send of [
      () => meeting.sendMessage("  "),
      () => meeting.sendMessage("x".repeat(4_001)),
      () => meeting.openPoll("Lunch?", ["Soup"]),
      () => meeting.openPoll("", ["Soup", "Salad"]),
    ]
  ) {
    await assert.rejects(send(), { reason: "invalid" });
  }
  assert.deepEqual(client.asked(), ["controller.test joinRequest"]);
});
