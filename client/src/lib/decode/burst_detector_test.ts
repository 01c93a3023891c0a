import assert from "node:assert/strict";
import { BurstDetector } from "./burst_detector.ts";

const INTERVAL_MS = 1_000 / 30;

/** Which frames, by their number, are of a burst when they arrive at these times. */
function burstOf(arrivalsMs: readonly number[]): number[] {
  const detector = new BurstDetector();
  return arrivalsMs.flatMap((atMs, frame) =>
    detector.arrived(frame * INTERVAL_MS * 1_000, atMs) ? [frame] : []
  );
}

Deno.test("frames that come evenly are no burst, nor are somewhat uneven ones", () => {
  assert.deepEqual(burstOf([0, 33, 67, 100]), []);
  assert.deepEqual(burstOf([0, 43, 67, 110]), []);
});

Deno.test("what a stall held up is a burst, but for the first and for what comes after", () => {
  assert.deepEqual(burstOf([0, 33, 167, 168, 169, 200]), [3, 4]);
});

Deno.test("a stall alone is no burst", () => {
  assert.deepEqual(burstOf([0, 33, 500, 533]), []);
});
