import assert from "node:assert/strict";
import fc from "fast-check";
import { gridLayout, type GridSpace, MAX_TILES_PER_PAGE, tilesOfPage } from "./grid_layout.ts";

const desktop: GridSpace = { width: 1280, height: 600, gap: 8, minTileWidth: 160 };
const phone: GridSpace = { width: 374, height: 600, gap: 8, minTileWidth: 120 };

Deno.test("two people stand side by side in a wide window and one above the other on a phone", () => {
  assert.equal(gridLayout(2, desktop).columns, 2);
  assert.equal(gridLayout(2, phone).columns, 1);
});

Deno.test("six people fill a wide window in three columns and a phone in two", () => {
  assert.equal(gridLayout(6, desktop).columns, 3);
  assert.equal(gridLayout(6, phone).columns, 2);
});

Deno.test("more people than fit go to further pages, and every one is on exactly one page", () => {
  const people = Array.from({ length: 60 }, (_, index) => index);
  const layout = gridLayout(people.length, desktop);
  assert.ok(layout.pages > 1);
  const pages = Array.from(
    { length: layout.pages },
    (_, page) => tilesOfPage(people, layout, page),
  );
  assert.deepEqual(pages.flat(), people);
});

Deno.test("a page past the end shows the last page", () => {
  const layout = gridLayout(30, phone);
  const people = Array.from({ length: 30 }, (_, index) => index);
  assert.deepEqual(
    tilesOfPage(people, layout, 99),
    tilesOfPage(people, layout, layout.pages - 1),
  );
});

Deno.test("tiles never leave their space", () => {
  const seed = Number(Deno.env.get("DT_SEED") ?? Date.now());
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 200 }),
      fc.integer({ min: 200, max: 4000 }),
      fc.integer({ min: 150, max: 3000 }),
      (count, width, height) => {
        const layout = gridLayout(count, { width, height, gap: 8, minTileWidth: 140 });
        const rows = Math.ceil(Math.min(count, layout.perPage) / layout.columns);
        assert.ok(layout.perPage <= MAX_TILES_PER_PAGE);
        assert.ok(layout.columns * layout.tileWidth + (layout.columns - 1) * 8 <= width);
        assert.ok(rows * layout.tileHeight + (rows - 1) * 8 <= height);
        assert.ok(layout.pages * layout.perPage >= count);
      },
    ),
    { seed },
  );
});
