import assert from "node:assert/strict";
import { ForeignQueue } from "./foreign_queue.ts";

/** Observes a queue every 100 ms; returns the part that is one's own at the end. */
function observe(queue: ForeignQueue, fromMs: number, queuesMs: number[], isFull = true): number {
  return queuesMs.map((queueMs, index) => queue.observe(queueMs, isFull, fromMs + index * 100)).at(
    -1,
  )!;
}

Deno.test("a queue that drains is one's own", () => {
  const queue = new ForeignQueue();
  const draining = Array.from({ length: 20 }, (_, index) => 400 - 18 * index);
  assert.equal(observe(queue, 0, draining), draining.at(-1));
  assert.equal(queue.ms, 0);
});

Deno.test("a queue that stands although less is sent is another's", () => {
  const queue = new ForeignQueue();
  assert.equal(observe(queue, 0, Array(14).fill(150)), 0);
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
  assert.equal(observe(queue, 0, Array(40).fill(20), false), 20);
});

Deno.test("when the queue is gone the other has left", () => {
  const queue = new ForeignQueue();
  observe(queue, 0, Array(14).fill(150));
  observe(queue, 1_400, [5]);
  assert.equal(queue.ms, 0);
  assert.equal(observe(queue, 1_500, [100]), 100);
});

Deno.test("a foreign queue that falls stays as low as it was", () => {
  const queue = new ForeignQueue();
  observe(queue, 0, Array(14).fill(150));
  observe(queue, 1_400, [70]);
  assert.equal(observe(queue, 1_500, [100]), 30);
});
