import assert from "node:assert/strict";
import { dueBeats } from "./metronome.ts";

Deno.test("a beat that is hardly late is one beat", () => {
  assert.deepEqual(dueBeats(-0.4, 20, 10), { beats: 1, missed: 0 });
  assert.deepEqual(dueBeats(19, 20, 10), { beats: 1, missed: 0 });
});

Deno.test("beats are made up for as far as that is wanted", () => {
  assert.deepEqual(dueBeats(65, 20, 10), { beats: 4, missed: 0 });
  assert.deepEqual(dueBeats(65, 20, 2), { beats: 3, missed: 1 });
  assert.deepEqual(dueBeats(65, 20, 0), { beats: 1, missed: 3 });
});
