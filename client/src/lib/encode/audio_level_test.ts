import assert from "node:assert/strict";
import { audioLevel, shownLevel, SILENT_LEVEL } from "./audio_level.ts";

function sine(amplitude: number): Float32Array {
  return Float32Array.from({ length: 960 }, (_, i) => amplitude * Math.sin(2 * Math.PI * i / 48));
}

Deno.test("silence is 127", () => {
  assert.equal(audioLevel([new Float32Array(960)]), SILENT_LEVEL);
  assert.equal(audioLevel([]), SILENT_LEVEL);
});

Deno.test("a full square wave is 0 and a full sine 3 dB less", () => {
  assert.equal(audioLevel([new Float32Array(960).fill(1)]), 0);
  assert.equal(audioLevel([sine(1)]), 3);
});

Deno.test("a tenth of the amplitude is 20 dB less", () => {
  assert.equal(audioLevel([sine(0.1)]), 23);
});

Deno.test("channels are averaged by power", () => {
  assert.equal(audioLevel([sine(1), new Float32Array(960)]), 6);
});

Deno.test("samples beyond full scale stay at 0 and the faintest at 127", () => {
  assert.equal(audioLevel([new Float32Array(960).fill(4)]), 0);
  assert.equal(audioLevel([new Float32Array(960).fill(1e-30)]), SILENT_LEVEL);
});

Deno.test("the shown level goes from nothing to full over 50 dB", () => {
  assert.equal(shownLevel(SILENT_LEVEL), 0);
  assert.equal(shownLevel(35), 0.5);
  assert.equal(shownLevel(0), 1);
});
