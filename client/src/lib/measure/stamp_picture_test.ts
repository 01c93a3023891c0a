import assert from "node:assert/strict";
import { STAMP_COLUMNS, STAMP_ROWS } from "./stamp_code.ts";
import { brightnessOfCells, stampRegion } from "./stamp_picture.ts";

Deno.test("a cell is 8 pixels wide in a picture of 160×90", () => {
  const { width, height } = stampRegion(160, 90);
  assert.equal(width / STAMP_COLUMNS, 8);
  assert.equal(height / STAMP_ROWS, 8);
});

Deno.test("the stamp keeps its place when the picture is scaled", () => {
  const large = stampRegion(1280, 720);
  const small = stampRegion(320, 180);
  for (const side of ["x", "y", "width", "height"] as const) {
    assert.equal(large[side] / small[side], 4);
  }
});

Deno.test("the stamp lies inside a picture that stands upright", () => {
  const { x, y, width, height } = stampRegion(360, 640);
  assert.ok(x + width <= 360 && y + height <= 640);
});

Deno.test("the brightness of a cell is the average of its nine points", () => {
  const columns = STAMP_COLUMNS * 3;
  const rgba = new Uint8ClampedArray(columns * STAMP_ROWS * 3 * 4);
  // The second cell of the second row, with one of its nine points left dark.
  for (let row = 3; row < 6; row++) {
    for (let column = 3; column < 6; column++) {
      const start = (row * columns + column) * 4;
      if (row > 3 || column > 3) rgba.fill(90, start, start + 4);
    }
  }
  const expected = new Array<number>(STAMP_COLUMNS * STAMP_ROWS).fill(0);
  expected[STAMP_COLUMNS + 1] = 80;
  assert.deepEqual(brightnessOfCells(rgba).map(Math.round), expected);
});
