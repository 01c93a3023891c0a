import { strictEqual } from "node:assert/strict";
import { redundantFrames } from "./audio_redundancy.ts";

/** Repetitions where neither sound nor path are unusual. */
const repeated = (lossRatio: number, observations: number) =>
  redundantFrames({ lossRatio, observations, estimateBps: 1_000_000, soundBps: 48_000 });

Deno.test("nothing is repeated on a path that loses next to nothing", () => {
  strictEqual(repeated(0, 100), 0);
  strictEqual(repeated(0.004, 100), 0);
});

Deno.test("one frame is repeated at little loss, two at much", () => {
  strictEqual(repeated(0.005, 100), 1);
  strictEqual(repeated(0.04, 100), 2);
});

Deno.test("one frame is repeated until the loss is known", () => {
  strictEqual(repeated(0, 49), 1);
  strictEqual(repeated(1, 49), 1);
});

Deno.test("sound with what it repeats takes at most a third of a thin path", () => {
  const most = (estimateBps: number) =>
    redundantFrames({ lossRatio: 0.1, observations: 100, estimateBps, soundBps: 48_000 });
  strictEqual(most(440_000), 2);
  strictEqual(most(420_000), 1);
  strictEqual(most(280_000), 0);
  strictEqual(most(64_000), 0);
});
