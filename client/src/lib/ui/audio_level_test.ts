import assert from "node:assert/strict";
import { meterLevel, SPEAKING_LEVEL } from "./audio_level.ts";

const sine = (amplitude: number) =>
  Float32Array.from({ length: 480 }, (_, index) => amplitude * Math.sin(index / 5));

Deno.test("silence is 0 and full scale is 1", () => {
  assert.equal(meterLevel(new Float32Array(480)), 0);
  assert.equal(meterLevel(new Float32Array(0)), 0);
  assert.equal(meterLevel(sine(1)), 1);
});

Deno.test("speech counts as speaking and a whispering fan does not", () => {
  assert.ok(meterLevel(sine(0.1)) > SPEAKING_LEVEL);
  assert.ok(meterLevel(sine(0.001)) < SPEAKING_LEVEL);
});
