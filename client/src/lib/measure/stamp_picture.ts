import {
  cellsOfBrightness,
  decodeStamp,
  encodeStamp,
  type Stamp,
  STAMP_COLUMNS,
  STAMP_ROWS,
} from "./stamp_code.ts";

/** Cells that would fit side by side into a picture of 16:9: they are 8 pixels wide in 160×90. */
const CELLS_ACROSS = 20;
const CELLS_DOWN = 11.25;
/** Points across a cell, and down, whose average counts. */
const POINTS = 3;

/** A rectangle inside a picture, in pixels of it. */
export interface Region {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** Where the stamp is in a picture of this size, one cell from its upper left corner. */
export function stampRegion(width: number, height: number): Region {
  const cell = Math.min(width / CELLS_ACROSS, height / CELLS_DOWN);
  return { x: cell, y: cell, width: STAMP_COLUMNS * cell, height: STAMP_ROWS * cell };
}

/** Paints a stamp over a picture. */
export function paintStamp(context: CanvasRenderingContext2D, stamp: Stamp): void {
  const { canvas } = context;
  const { x, y, width, height } = stampRegion(canvas.width, canvas.height);
  const cell = width / STAMP_COLUMNS;
  context.fillStyle = "#000";
  // Half a cell of black around it: compression smears over edges.
  context.fillRect(x - cell / 2, y - cell / 2, width + cell, height + cell);
  context.fillStyle = "#fff";
  encodeStamp(stamp).forEach((white, index) => {
    if (!white) return;
    const column = index % STAMP_COLUMNS;
    const row = Math.floor(index / STAMP_COLUMNS);
    context.fillRect(x + column * cell, y + row * cell, cell, cell);
  });
}

/** The brightness of each cell, 0 to 255, from RGBA points as {@link StampReader} takes them. */
export function brightnessOfCells(rgba: ArrayLike<number>): number[] {
  const brightness = new Array<number>(STAMP_COLUMNS * STAMP_ROWS).fill(0);
  for (let point = 0; point < rgba.length / 4; point++) {
    const column = Math.floor((point % (STAMP_COLUMNS * POINTS)) / POINTS);
    const row = Math.floor(point / (STAMP_COLUMNS * POINTS * POINTS));
    const cell = row * STAMP_COLUMNS + column;
    // Green is most of what an eye sees, and stamps are grey anyway.
    brightness[cell] = (brightness[cell] ?? 0) + (rgba[point * 4 + 1] ?? 0) / POINTS ** 2;
  }
  return brightness;
}

/** Reads stamps off pictures: nine points of each cell, whatever the picture's size. */
export class StampReader {
  readonly #context: OffscreenCanvasRenderingContext2D;

  /** @throws {Error} when the browser gives no canvas. */
  constructor() {
    const canvas = new OffscreenCanvas(STAMP_COLUMNS * POINTS, STAMP_ROWS * POINTS);
    const context = canvas.getContext("2d", { alpha: false, willReadFrequently: true });
    if (!context) throw new Error("the browser gives no canvas to read pictures with");
    context.imageSmoothingEnabled = false;
    this.#context = context;
  }

  /** The stamp in a picture of this size; undefined when none can be read. */
  read(
    picture: CanvasImageSource,
    size: { readonly width: number; readonly height: number },
    nowMs: number,
  ): Stamp | undefined {
    const { x, y, width, height } = stampRegion(size.width, size.height);
    const { canvas } = this.#context;
    this.#context.drawImage(picture, x, y, width, height, 0, 0, canvas.width, canvas.height);
    const { data } = this.#context.getImageData(0, 0, canvas.width, canvas.height);
    const cells = cellsOfBrightness(brightnessOfCells(data));
    return cells && decodeStamp(cells, nowMs);
  }
}
