import assert from "node:assert/strict";
import type { ChatMessage } from "../../../core/meeting/meeting_state.ts";
import { arrivedBetween, chatGroups, GROUP_SPAN_MS, unreadCount } from "./chat_groups.ts";

let count = 0;
const message = (senderName: string, part: Partial<ChatMessage> = {}): ChatMessage => ({
  messageId: `m${++count}`,
  senderId: senderName.toLowerCase(),
  senderName,
  recipientId: undefined,
  text: "hello",
  sentAtMs: 0,
  own: false,
  ...part,
});
const sizes = (messages: ChatMessage[]) =>
  chatGroups(messages).map((group) => group.messages.length);

Deno.test("what somebody says in a row stands under one name", () => {
  const messages = [message("Bob"), message("Bob"), message("Cleo"), message("Bob")];
  assert.deepEqual(chatGroups(messages).map(({ senderName }) => senderName), [
    "Bob",
    "Cleo",
    "Bob",
  ]);
  assert.deepEqual(sizes(messages), [2, 1, 1]);
});

Deno.test("a later message tells its time anew", () => {
  assert.deepEqual(sizes([message("Bob"), message("Bob", { sentAtMs: GROUP_SPAN_MS })]), [1, 1]);
});

Deno.test("a private message never stands among those to everyone", () => {
  const secret = { recipientId: "me" };
  assert.deepEqual(sizes([message("Bob"), message("Bob", secret), message("Bob", secret)]), [1, 2]);
});

Deno.test("unread is what others sent after the message read last", () => {
  const messages = [
    message("Bob"),
    message("Cleo"),
    message("Ada", { own: true }),
    message("Bob"),
  ];
  assert.equal(unreadCount(messages, undefined), 3);
  assert.equal(unreadCount(messages, messages[0]!.messageId), 2);
  assert.equal(unreadCount(messages, messages[3]!.messageId), 0);
  assert.equal(unreadCount(messages, "forgotten"), 3);
});

Deno.test("only messages of others that were not there before arrive", () => {
  const before = [message("Bob")];
  const news = message("Cleo");
  assert.deepEqual(arrivedBetween(before, [...before, message("Ada", { own: true }), news]), [
    news,
  ]);
  assert.deepEqual(arrivedBetween(before, before), []);
});
