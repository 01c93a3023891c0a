import assert from "node:assert/strict";
import { TONE_AMPLITUDE, type ToneEvent, ToneListener } from "./tone_listener.ts";
import { TONES_HZ } from "./tone_sequence.ts";

const SAMPLE_RATE = 48_000;
const BLOCK_FRAMES = 128;
const FRAMES_PER_MS = SAMPLE_RATE / 1_000;

/** Sound that is made of pieces: a tone or silence (undefined) for so many milliseconds. */
function sound(...pieces: readonly (readonly [tone: number | undefined, ms: number])[]) {
  const samples: number[] = [];
  let phase = 0;
  for (const [tone, ms] of pieces) {
    for (let frame = 0; frame < ms * FRAMES_PER_MS; frame++) {
      phase += tone === undefined ? 0 : 2 * Math.PI * TONES_HZ[tone]! / SAMPLE_RATE;
      samples.push(tone === undefined ? 0 : TONE_AMPLITUDE * Math.sin(phase));
    }
  }
  return Float32Array.from(samples);
}

function listen(samples: Float32Array, firstFrame = 0): ToneEvent[] {
  const listener = new ToneListener(TONES_HZ, SAMPLE_RATE);
  const events: ToneEvent[] = [];
  for (let start = 0; start < samples.length; start += BLOCK_FRAMES) {
    const block = samples.subarray(start, start + BLOCK_FRAMES);
    events.push(...listener.push(block, firstFrame + start));
  }
  return events;
}

function assertNear(actualFrame: number, expectedMs: number, toleranceMs: number): void {
  const actualMs = actualFrame / FRAMES_PER_MS;
  assert.ok(Math.abs(actualMs - expectedMs) <= toleranceMs, `${actualMs} is not ${expectedMs}`);
}

Deno.test("each step is found within 2.5 ms, whichever tones it joins", () => {
  for (let from = 0; from < TONES_HZ.length; from++) {
    const to = (from + 1) % TONES_HZ.length;
    const [event, ...others] = listen(sound([from, 307], [to, 200]));
    assert.deepEqual(others, []);
    assert.ok(event?.type === "step");
    assert.equal(event.tone, to);
    assertNear(event.atFrame, 307, 2.5);
  }
});

Deno.test("times are counted from the number of the first sample", () => {
  const [event] = listen(sound([0, 300], [1, 200]), 48_000);
  assert.ok(event?.type === "step");
  assertNear(event.atFrame, 1_300, 2.5);
});

Deno.test("a gap is found with its length to within 10 ms", () => {
  for (const lengthMs of [40, 60, 500]) {
    const [event, ...others] = listen(sound([2, 200], [undefined, lengthMs], [2, 200]));
    assert.deepEqual(others, []);
    assert.ok(event?.type === "gap");
    assertNear(event.fromFrame, 200, 5);
    assertNear(event.toFrame, 200 + lengthMs, 5);
  }
});

Deno.test("a click of 5 ms is no gap", () => {
  assert.deepEqual(listen(sound([2, 200], [undefined, 5], [2, 200])), []);
});

Deno.test("a tone that changed in a gap is no step", () => {
  const events = listen(sound([2, 200], [undefined, 100], [3, 200]));
  assert.deepEqual(events.map(({ type }) => type), ["gap"]);
});

Deno.test("the first sound after silence is neither a step nor a gap", () => {
  assert.deepEqual(listen(sound([undefined, 300], [3, 200])), []);
});
