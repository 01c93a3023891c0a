import assert from "node:assert/strict";
import { PlayoutLink } from "./playout_link.ts";
import type { PlayoutMessage } from "./playout_messages.ts";
import { SampleRing } from "./sample_ring.ts";

function received(port: MessagePort, count: number): Promise<PlayoutMessage[]> {
  const messages: PlayoutMessage[] = [];
  return new Promise((resolve) => {
    port.onmessage = (event) => {
      messages.push(event.data);
      if (messages.length === count) resolve(messages);
    };
  });
}

Deno.test("a stream opened before the processor is there is announced when it comes", async () => {
  const { port1, port2 } = new MessageChannel();
  const link = new PlayoutLink(true);
  const writer = link.open("a");
  link.open("gone").close();
  writer.setTarget(2_880);
  writer.write([new Float32Array([1, 2])]);
  const announced = received(port2, 1);
  link.connect(port1);
  const [message] = await announced;
  assert.ok(message?.type === "add-shared" && message.streamId === "a");
  const ring = new SampleRing(message.buffer);
  assert.equal(ring.available, 2);
  assert.equal(ring.targetFrames, 2_880);
  assert.ok((writer.waitingFrames ?? 0) > 0);
  port1.close();
  port2.close();
});

Deno.test("without shared memory the sound goes in messages", async () => {
  const { port1, port2 } = new MessageChannel();
  const link = new PlayoutLink(false);
  link.connect(port1);
  const messages = received(port2, 3);
  const writer = link.open("a");
  writer.setTarget(2_880);
  writer.write([new Float32Array([1, 2])]);
  writer.close();
  assert.deepEqual(await messages, [
    { type: "add", streamId: "a" },
    {
      type: "samples",
      streamId: "a",
      channels: [new Float32Array([1, 2])],
      targetFrames: 2_880,
    },
    { type: "remove", streamId: "a" },
  ]);
  port1.close();
  port2.close();
});
