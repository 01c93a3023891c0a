import assert from "node:assert/strict";
import { PLAYOUT_BUFFER_MS, SOUND_FRAME_MS, soundGaps } from "./fixed_playout.ts";

/** Fifty frames whose ways take `transitMs(number)`; undefined: lost. */
function frames(transitMs: (number: number) => number | undefined) {
  return Array.from({ length: 50 }, (_, number) => {
    const madeAtMs = number * SOUND_FRAME_MS;
    const transit = transitMs(number);
    return transit === undefined ? [] : [{ number, madeAtMs, arrivedAtMs: madeAtMs + transit }];
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

Deno.test("frames that are made late are no gap of the network's", () => {
  const late = frames(() => 25).map((frame) => {
    const lateMs = frame.number >= 20 && frame.number < 30 ? 150 : 0;
    const { number, madeAtMs, arrivedAtMs } = frame;
    return { number, madeAtMs: madeAtMs + lateMs, arrivedAtMs: arrivedAtMs + lateMs };
  });
  assert.deepEqual(soundGaps(late), []);
});

Deno.test("no frames, no gaps", () => {
  assert.deepEqual(soundGaps([]), []);
});
