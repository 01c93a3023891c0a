import { strictEqual } from "node:assert/strict";
import { redundantFrames } from "./audio_redundancy.ts";

Deno.test("nothing is repeated on a path that loses next to nothing", () => {
  strictEqual(redundantFrames(0, 100), 0);
  strictEqual(redundantFrames(0.004, 100), 0);
});

Deno.test("one frame is repeated at little loss, two at much", () => {
  strictEqual(redundantFrames(0.005, 100), 1);
  strictEqual(redundantFrames(0.04, 100), 2);
});

Deno.test("one frame is repeated until the loss is known", () => {
  strictEqual(redundantFrames(0, 49), 1);
  strictEqual(redundantFrames(1, 49), 1);
});
