import assert from "node:assert/strict";
import {
  extendedSample,
  EXTENSION_FRAMES,
  EXTENSION_FULL_FRAMES,
  findPeriod,
} from "./pitch_extension.ts";

const RATE = 48_000;

for (const pitchHz of [100, 220, 390]) {
  const tone = (offset: number) => Math.sin(2 * Math.PI * pitchHz * offset / RATE);

  Deno.test(`a tone of ${pitchHz} Hz goes on as if nothing were missing`, () => {
    const period = findPeriod(tone);
    for (let age = 0; age < EXTENSION_FULL_FRAMES; age++) {
      const error = Math.abs(extendedSample(tone, period, age) - tone(age));
      assert.ok(error < 0.15, `${error} at ${age}`);
    }
  });
}

Deno.test("sound that goes on by itself fades to silence", () => {
  const tone = (offset: number) => Math.sin(2 * Math.PI * 200 * offset / RATE);
  const period = findPeriod(tone);
  const loudest = (from: number, to: number) =>
    Math.max(
      ...Array.from(
        { length: to - from },
        (_, n) => Math.abs(extendedSample(tone, period, from + n)),
      ),
    );
  assert.ok(loudest(0, 480) > 0.95);
  assert.ok(loudest(EXTENSION_FRAMES - 480, EXTENSION_FRAMES) < 0.2);
  assert.equal(extendedSample(tone, period, EXTENSION_FRAMES), 0);
});

Deno.test("silence goes on as silence", () => {
  assert.equal(extendedSample(() => 0, findPeriod(() => 0), 5), 0);
});
