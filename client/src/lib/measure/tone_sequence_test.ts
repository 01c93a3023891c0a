import assert from "node:assert/strict";
import { stepPlayedAtMs, TONE_MS, toneAt, TONES_HZ } from "./tone_sequence.ts";

const SECOND_MS = 1_790_000_003_000;

Deno.test("each second of the wall clock has the next tone, and they come round", () => {
  const first = toneAt(SECOND_MS);
  assert.equal(toneAt(SECOND_MS + TONE_MS - 1), first);
  assert.equal(toneAt(SECOND_MS + TONE_MS), (first + 1) % TONES_HZ.length);
  assert.equal(toneAt(SECOND_MS + TONE_MS * TONES_HZ.length), first);
});

Deno.test("a step that is heard up to four seconds late is known by its tone", () => {
  for (const lateMs of [0, 70, 999, 1_001, 3_899]) {
    assert.equal(stepPlayedAtMs(toneAt(SECOND_MS), SECOND_MS + lateMs), SECOND_MS);
  }
});

Deno.test("a step that clocks which differ put before its time is not one of five seconds ago", () => {
  assert.equal(stepPlayedAtMs(toneAt(SECOND_MS), SECOND_MS - 20), SECOND_MS);
});
