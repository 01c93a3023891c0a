import assert from "node:assert/strict";
import { FramePacer } from "./frame_pacer.ts";

function acceptedOf(pacer: FramePacer, framerate: number, seconds: number, jitterUs = 0): number {
  let accepted = 0;
  for (let index = 0; index < framerate * seconds; index++) {
    const jitter = index % 2 === 0 ? jitterUs : -jitterUs;
    if (pacer.accept(index * 1_000_000 / framerate + jitter)) accepted++;
  }
  return accepted;
}

Deno.test("frames at the rate all pass, even when the capture clock jitters", () => {
  assert.equal(acceptedOf(new FramePacer(30), 30, 10), 300);
  assert.equal(acceptedOf(new FramePacer(30), 30, 10, 3_000), 300);
});

Deno.test("a faster capture is thinned to the rate", () => {
  const accepted = acceptedOf(new FramePacer(15), 60, 10);
  assert.ok(accepted >= 149 && accepted <= 151, `${accepted} accepted`);
});

Deno.test("a rate that does not divide the capture's is met on average", () => {
  const accepted = acceptedOf(new FramePacer(15), 25, 10);
  assert.ok(accepted >= 145 && accepted <= 152, `${accepted} accepted`);
});

Deno.test("after a pause the pace starts anew without a burst", () => {
  const pacer = new FramePacer(15);
  assert.ok(pacer.accept(0));
  assert.ok(pacer.accept(5_000_000));
  assert.ok(!pacer.accept(5_010_000));
});

Deno.test("a clock that jumps back starts the pace anew", () => {
  const pacer = new FramePacer(15);
  assert.ok(pacer.accept(9_000_000));
  assert.ok(pacer.accept(0));
  assert.ok(!pacer.accept(10_000));
});
