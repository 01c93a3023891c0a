import assert from "node:assert/strict";
import { bridgeGap, RETURN_FADE_FRAMES } from "./gap_concealment.ts";

const PITCH_HZ = 200;
const PACKET = 960;
/** Twice the steepest change of the tone itself. */
const STEEPEST_STEP = 2 * 2 * Math.PI * PITCH_HZ / 48_000;

function tone(from: number, frames = PACKET): Float32Array<ArrayBuffer> {
  return Float32Array.from(
    { length: frames },
    (_, n) => Math.sin(2 * Math.PI * PITCH_HZ * (from + n) / 48_000),
  );
}

for (const missing of [1, 2, 6]) {
  Deno.test(`a hole of ${missing * 20} ms is bridged without a step`, () => {
    const last = tone(0);
    // Any phase: the sound that follows need not fit the period.
    const next = tone(PACKET * (1 + missing) + 37);
    const [bridge] = bridgeGap([last], missing * PACKET, [next]);
    const whole = [...last, ...bridge!, ...next];
    assert.equal(whole.length, PACKET * (2 + missing));
    for (let n = 1; n < whole.length; n++) {
      assert.ok(Math.abs(whole[n]! - whole[n - 1]!) < STEEPEST_STEP, `a step at ${n}`);
    }
  });
}

Deno.test("what follows a bridge is untouched after the seam", () => {
  const next = tone(0);
  bridgeGap([tone(0)], PACKET, [next]);
  assert.deepEqual(next.slice(RETURN_FADE_FRAMES), tone(0).slice(RETURN_FADE_FRAMES));
});

Deno.test("a gap before any sound is silence, and sound fades in after it", () => {
  const next = tone(12);
  const [bridge] = bridgeGap([], PACKET, [next]);
  assert.ok(bridge!.every((sample) => sample === 0));
  assert.ok(Math.abs(next[0]!) < 0.01);
});

Deno.test("each channel goes on by itself", () => {
  const silence = new Float32Array(PACKET);
  const [left, right] = bridgeGap([tone(0), silence], PACKET, [tone(0), silence.slice()]);
  assert.ok(left!.some((sample) => Math.abs(sample) > 0.9));
  assert.ok(right!.every((sample) => sample === 0));
});
