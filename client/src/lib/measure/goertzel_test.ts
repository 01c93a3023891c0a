import assert from "node:assert/strict";
import { Goertzel, hannWindow } from "./goertzel.ts";

const SAMPLE_RATE = 48_000;
const LENGTH = 480;

function windowedSine(frequencyHz: number, amplitude: number): Float32Array {
  const window = hannWindow(LENGTH);
  return window.map((weight, index) =>
    weight * amplitude * Math.sin(0.3 + 2 * Math.PI * frequencyHz * index / SAMPLE_RATE)
  );
}

Deno.test("the amplitude of a sine is measured", () => {
  const amplitude = new Goertzel(1_000, SAMPLE_RATE).amplitude(windowedSine(1_000, 0.25));
  assert.ok(Math.abs(amplitude - 0.25) < 0.005, String(amplitude));
});

Deno.test("a sine 400 Hz away does not count in 10 ms", () => {
  const amplitude = new Goertzel(1_400, SAMPLE_RATE).amplitude(windowedSine(1_000, 0.25));
  assert.ok(amplitude < 0.005, String(amplitude));
});

Deno.test("silence has no amplitude", () => {
  assert.equal(new Goertzel(1_000, SAMPLE_RATE).amplitude(new Float32Array(LENGTH)), 0);
});
