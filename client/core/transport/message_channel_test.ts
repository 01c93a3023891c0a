import assert from "node:assert/strict";
import { MAX_UNWRITTEN_MESSAGES, MessageChannel } from "./message_channel.ts";
import { ScriptedSession } from "../testing/scripted_session.ts";

Deno.test("messages arrive as they were sent, in both directions", async () => {
  const session = new ScriptedSession();
  const channel = new MessageChannel(await session.createBidirectionalStream());
  const received: Uint8Array[] = [];
  const receiving = channel.receive((message) => received.push(message));
  channel.send(Uint8Array.of(1, 2));
  channel.send(Uint8Array.of(3));
  session.reply(Uint8Array.of(4, 5), Uint8Array.of(6));
  session.end();
  await receiving;
  assert.deepEqual(session.messages, [Uint8Array.of(1, 2), Uint8Array.of(3)]);
  assert.deepEqual(received, [Uint8Array.of(4, 5), Uint8Array.of(6)]);
  assert.throws(() => channel.send(Uint8Array.of(7)), { name: "ChannelClosedError" });
});

Deno.test("garbage ends the channel with an error", async () => {
  const session = new ScriptedSession();
  const channel = new MessageChannel(await session.createBidirectionalStream());
  const receiving = channel.receive(() => undefined);
  session.replyBytes(Uint8Array.of(0xff, 0xff, 0xff, 0xff));
  await assert.rejects(receiving, { name: "MessageFramingError" });
});

Deno.test("a link that stops taking messages ends the channel", async () => {
  const channel = new MessageChannel({
    readable: new ReadableStream(),
    writable: new WritableStream({ write: () => new Promise(() => undefined) }),
  });
  const receiving = channel.receive(() => undefined);
  for (let i = 0; i < MAX_UNWRITTEN_MESSAGES; i++) channel.send(Uint8Array.of(1));
  assert.throws(() => channel.send(Uint8Array.of(1)), { name: "ChannelClosedError" });
  await assert.rejects(receiving, { name: "ChannelClosedError" });
});

Deno.test("a failed write ends the channel", async () => {
  const channel = new MessageChannel({
    readable: new ReadableStream(),
    writable: new WritableStream({ write: () => Promise.reject(new Error("reset")) }),
  });
  const receiving = channel.receive(() => undefined);
  channel.send(Uint8Array.of(1));
  await assert.rejects(receiving, /reset/);
});
