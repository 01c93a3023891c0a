import assert from "node:assert/strict";
import { shareAtFullSize } from "./shown_sizes.ts";

const picture = (atMs: number, height: number) => ({
  atMs,
  stampMs: atMs - 50,
  frameNumber: 0,
  width: height * 16 / 9,
  height,
});

Deno.test("a picture counts from when it is shown until the next one", () => {
  const shown = [picture(0, 720), picture(600, 360), picture(900, 720)];
  assert.equal(shareAtFullSize(shown, 720, 0, 1_000), 0.7);
});

Deno.test("the picture that a window begins with counts from its beginning", () => {
  assert.equal(shareAtFullSize([picture(0, 720), picture(1_500, 360)], 720, 1_000, 2_000), 0.5);
});

Deno.test("before the first picture nothing is shown at full size", () => {
  assert.equal(shareAtFullSize([picture(750, 720)], 720, 0, 1_000), 0.25);
  assert.equal(shareAtFullSize([], 720, 0, 1_000), 0);
});
