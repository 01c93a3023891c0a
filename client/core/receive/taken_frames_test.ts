import assert from "node:assert/strict";
import { TAKEN_WINDOW, TakenFrames } from "./taken_frames.ts";

function take(...sequences: number[]): boolean[] {
  const frames = new TakenFrames();
  return sequences.map((sequence) => {
    const isNew = !frames.has(sequence);
    if (isNew) frames.mark(sequence);
    return isNew;
  });
}

Deno.test("a frame is taken once", () => {
  assert.deepEqual(take(0, 0, 1, 0, 1, 2), [true, false, true, false, false, true]);
});

Deno.test("a frame that comes after a later one is taken, once", () => {
  assert.deepEqual(take(5, 7, 6, 6), [true, true, true, false]);
});

Deno.test("what is older than the window counts as taken", () => {
  assert.deepEqual(take(100, 100 - TAKEN_WINDOW, 101 - TAKEN_WINDOW), [true, false, true]);
});
