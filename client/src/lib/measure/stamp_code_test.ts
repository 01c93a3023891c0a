import assert from "node:assert/strict";
import fc from "fast-check";
import { propertyRuns } from "../../../../proto/testing/property_runs.ts";
import {
  cellsOfBrightness,
  decodeStamp,
  encodeStamp,
  OLDEST_STAMP_MS,
  STAMP_COLUMNS,
  STAMP_ROWS,
} from "./stamp_code.ts";

const NOW_MS = 1_790_000_000_000;

Deno.test("a stamp is read back as it was painted", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 0, max: 2 ** 43 }),
      fc.integer({ min: 0, max: OLDEST_STAMP_MS }),
      fc.nat(65_535),
      (stampMs, ageMs, frameNumber) => {
        const cells = encodeStamp({ stampMs, frameNumber });
        assert.deepEqual(decodeStamp(cells, stampMs + ageMs), { stampMs, frameNumber });
      },
    ),
    propertyRuns(300),
  );
});

Deno.test("a stamp has one cell for each place in the grid", () => {
  assert.equal(encodeStamp({ stampMs: NOW_MS, frameNumber: 1 }).length, STAMP_COLUMNS * STAMP_ROWS);
});

Deno.test("the number of the picture wraps", () => {
  const cells = encodeStamp({ stampMs: NOW_MS, frameNumber: 65_536 + 7 });
  assert.equal(decodeStamp(cells, NOW_MS)?.frameNumber, 7);
});

Deno.test("a stamp of a clock that is a little ahead is read", () => {
  const cells = encodeStamp({ stampMs: NOW_MS + 3, frameNumber: 7 });
  assert.equal(decodeStamp(cells, NOW_MS)?.stampMs, NOW_MS + 3);
});

Deno.test("up to three cells read wrongly are noticed", () => {
  const cells = encodeStamp({ stampMs: NOW_MS, frameNumber: 7 });
  const place = fc.nat(cells.length - 1);
  fc.assert(
    fc.property(fc.uniqueArray(place, { minLength: 1, maxLength: 3 }), (wrong) => {
      const damaged = cells.map((cell, index) => wrong.includes(index) ? !cell : cell);
      assert.equal(decodeStamp(damaged, NOW_MS), undefined);
    }),
    propertyRuns(300),
  );
});

Deno.test("neither an all black nor an all white picture is a stamp of any time", () => {
  for (const cell of [false, true]) {
    const cells = new Array<boolean>(STAMP_COLUMNS * STAMP_ROWS).fill(cell);
    const timeMs = cell ? 2 ** 24 - 1 : 0;
    assert.equal(decodeStamp(cells, 2 ** 24 * 100_000 + timeMs), undefined);
  }
});

Deno.test("a stamp that is too old is not one", () => {
  const cells = encodeStamp({ stampMs: NOW_MS, frameNumber: 7 });
  assert.equal(decodeStamp(cells, NOW_MS + OLDEST_STAMP_MS + 1), undefined);
});

Deno.test("washed-out cells are told apart by the middle between the extremes", () => {
  assert.deepEqual(cellsOfBrightness([40, 120, 130, 200]), [false, false, true, true]);
});

Deno.test("a picture without contrast has no cells", () => {
  assert.equal(cellsOfBrightness([100, 120, 130]), undefined);
});
