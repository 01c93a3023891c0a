/** The space that tiles share, in CSS pixels. */
export interface GridSpace {
  readonly width: number;
  readonly height: number;
  readonly gap: number;
  /** Tiles narrower than this are not worth showing: the rest goes to further pages. */
  readonly minTileWidth: number;
}

/** How equal tiles fill a space. */
export interface GridLayout {
  readonly columns: number;
  readonly tileWidth: number;
  readonly tileHeight: number;
  /** Tiles on one page. */
  readonly perPage: number;
  readonly pages: number;
}

/** Most tiles on one page, however large the window is. */
export const MAX_TILES_PER_PAGE = 25;

/** A tile may be as wide as a camera picture (16:9) … */
const WIDEST = 16 / 9;
/** … and as narrow as this in a space that is wider than high … */
const NARROWEST_IN_LANDSCAPE = 4 / 3;
/** … or as this in one that is higher than wide (a phone held upright). */
const NARROWEST_IN_PORTRAIT = 3 / 4;

/**
 * Chooses columns and tile size so that `count` equal tiles cover as much of the space as they can
 * without scrolling, and pages if they would become too small.
 */
export function gridLayout(count: number, space: GridSpace): GridLayout {
  const wanted = Math.max(1, Math.min(count, MAX_TILES_PER_PAGE));
  for (let perPage = wanted; perPage > 1; perPage--) {
    const fit = largestTiles(perPage, space);
    if (fit.tileWidth >= space.minTileWidth) return paged(fit, perPage, count);
  }
  return paged(largestTiles(1, space), 1, count);
}

/** The tiles of page `page` (from 0); a page past the end is the last one. */
export function tilesOfPage<T>(tiles: readonly T[], layout: GridLayout, page: number): T[] {
  const first = Math.min(Math.max(page, 0), layout.pages - 1) * layout.perPage;
  return tiles.slice(first, first + layout.perPage);
}

type Fit = Pick<GridLayout, "columns" | "tileWidth" | "tileHeight">;

function largestTiles(count: number, space: GridSpace): Fit {
  const narrowest = space.width >= space.height ? NARROWEST_IN_LANDSCAPE : NARROWEST_IN_PORTRAIT;
  let best: Fit = { columns: 1, tileWidth: 0, tileHeight: 0 };
  for (let columns = 1; columns <= count; columns++) {
    const rows = Math.ceil(count / columns);
    const cellWidth = (space.width - (columns - 1) * space.gap) / columns;
    const cellHeight = (space.height - (rows - 1) * space.gap) / rows;
    if (cellWidth <= 0 || cellHeight <= 0) continue;
    const tileWidth = Math.floor(Math.min(cellWidth, cellHeight * WIDEST));
    const tileHeight = Math.floor(Math.min(cellHeight, tileWidth / narrowest));
    if (tileWidth * tileHeight > best.tileWidth * best.tileHeight) {
      best = { columns, tileWidth, tileHeight };
    }
  }
  return best;
}

function paged(fit: Fit, perPage: number, count: number): GridLayout {
  return { ...fit, perPage, pages: Math.max(1, Math.ceil(count / perPage)) };
}
