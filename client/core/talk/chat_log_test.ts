import assert from "node:assert/strict";
import { type ChatMessage, MAX_CHAT_MESSAGES } from "../meeting/meeting_state.ts";
import { ChatLog } from "./chat_log.ts";

function message(messageId: string, senderId = "ada"): ChatMessage {
  return {
    messageId,
    senderId,
    senderName: senderId,
    recipientId: undefined,
    text: messageId,
    sentAtMs: 0,
    own: false,
  };
}

Deno.test("messages stand in the order of their numbers, whichever is read first", () => {
  const log = new ChatLog();
  for (const number of [2n, 1n, 4n, 3n]) log.add(number, message(String(number)));
  assert.deepEqual(log.messages.map(({ text }) => text), ["1", "2", "3", "4"]);
});

Deno.test("a message stands once, and an id counts for its sender alone", () => {
  const log = new ChatLog();
  assert.equal(log.add(1n, message("m")), true);
  assert.equal(log.add(2n, message("m")), false);
  assert.equal(log.add(3n, message("m", "bob")), true);
  assert.deepEqual(log.messages.map(({ senderId }) => senderId), ["ada", "bob"]);
});

Deno.test("the newest messages are kept, and older ones do not come back", () => {
  const log = new ChatLog();
  for (let n = 1; n <= MAX_CHAT_MESSAGES + 2; n++) log.add(BigInt(n), message(String(n)));
  assert.equal(log.messages.length, MAX_CHAT_MESSAGES);
  assert.equal(log.messages[0]?.text, "3");
  assert.equal(log.add(2n, message("late")), false);
});

Deno.test("a snapshot stays as it was", () => {
  const log = new ChatLog();
  log.add(1n, message("1"));
  const snapshot = log.messages;
  log.add(2n, message("2"));
  assert.equal(snapshot.length, 1);
});
