import assert from "node:assert/strict";
import { PLAYOUT_BUFFER_MS, SOUND_FRAME_MS, soundGaps } from "./fixed_playout.ts";

/** Fifty frames whose ways take `transitMs(number)`; undefined: lost. */
function frames(transitMs: (number: number) => number | undefined) {
  return Array.from({ length: 50 }, (_, number) => {
    const madeAtMs = number * SOUND_FRAME_MS;
    const transit = transitMs(number);
    return transit === undefined ? [] : [{ madeAtMs, arrivedAtMs: madeAtMs + transit }];
  }).flat();
}

Deno.test("frames that come within the buffer leave no gap", () => {
  assert.deepEqual(soundGaps(frames((number) => number % 2 === 0 ? 25 : 25 + 60)), []);
});

Deno.test("frames that are lost or late are missing from the time at which they were due", () => {
  const gaps = soundGaps(frames((number) => {
    if (number >= 10 && number < 14) return undefined;
    return number === 14 ? 200 : 25;
  }));
  const atMs = 10 * SOUND_FRAME_MS + 25 + PLAYOUT_BUFFER_MS;
  assert.deepEqual(gaps, [{ atMs, durationMs: 5 * SOUND_FRAME_MS }]);
});

Deno.test("a timer's unevenness is no gap", () => {
  const uneven = frames(() => 25).map(({ madeAtMs, arrivedAtMs }, index) => ({
    madeAtMs: madeAtMs + (index % 3) * 4,
    arrivedAtMs: arrivedAtMs + (index % 3) * 4,
  }));
  assert.deepEqual(soundGaps(uneven), []);
});

Deno.test("no frames, no gaps", () => {
  assert.deepEqual(soundGaps([]), []);
});
