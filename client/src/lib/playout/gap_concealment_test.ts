import assert from "node:assert/strict";
import { concealGap, CONCEALMENT_FADE_FRAMES, fadeIn } from "./gap_concealment.ts";

Deno.test("concealed sound begins with the last sample and has faded to silence", () => {
  const last = Float32Array.from({ length: 480 }, (_, i) => Math.sin(i / 20));
  const concealed = concealGap([last], CONCEALMENT_FADE_FRAMES * 2)[0];
  assert.ok(concealed);
  assert.equal(concealed[0], last[479]);
  for (let i = 1; i < concealed.length; i++) {
    const step = Math.abs((concealed[i] ?? 0) - (concealed[i - 1] ?? 0));
    assert.ok(step < 0.06, `a step of ${step} at ${i}`);
  }
  assert.ok(concealed.subarray(CONCEALMENT_FADE_FRAMES).every((sample) => sample === 0));
});

Deno.test("a gap before any sound is silence", () => {
  assert.deepEqual(concealGap([new Float32Array(0)], 3), [new Float32Array(3)]);
});

Deno.test("sound after a gap fades in", () => {
  const samples = new Float32Array(960).fill(1);
  fadeIn([samples]);
  assert.ok((samples[0] ?? 1) < 0.01);
  assert.equal(samples[300], 1);
});
