import assert from "node:assert/strict";
import { ForeignQueue } from "./foreign_queue.ts";

/** Observes a queue every 100 ms. */
function observe(queue: ForeignQueue, fromMs: number, queuesMs: number[], isFull = true): void {
  queuesMs.forEach((queueMs, index) => queue.observe(queueMs, isFull, fromMs + index * 100));
}

Deno.test("a queue that drains is one's own", () => {
  const queue = new ForeignQueue();
  const draining = Array.from({ length: 20 }, (_, index) => 400 - 18 * index);
  observe(queue, 0, draining);
  assert.equal(queue.ms, 0);
});

Deno.test("a queue that stands although less is sent is another's", () => {
  const queue = new ForeignQueue();
  observe(queue, 0, Array(14).fill(150));
  assert.equal(queue.ms, 150);
});

Deno.test("while it grows the verdict waits: what was sent before still arrives", () => {
  const queue = new ForeignQueue();
  const growing = Array.from({ length: 15 }, (_, index) => 50 * 1.2 ** index);
  observe(queue, 0, growing);
  assert.equal(queue.ms, 0);
});

Deno.test("without holding back there is no verdict", () => {
  const queue = new ForeignQueue();
  observe(queue, 0, Array(40).fill(150), false);
  assert.equal(queue.ms, 0);
});

Deno.test("when the queue is gone the other has left", () => {
  const queue = new ForeignQueue();
  observe(queue, 0, Array(14).fill(150));
  observe(queue, 1_400, [5]);
  assert.equal(queue.ms, 0);
  observe(queue, 1_500, [100]);
  assert.equal(queue.ms, 0);
});

Deno.test("a foreign queue that falls stays as low as it was", () => {
  const queue = new ForeignQueue();
  observe(queue, 0, Array(14).fill(150));
  observe(queue, 1_400, [70]);
  observe(queue, 1_500, [100]);
  assert.equal(queue.ms, 70);
});
