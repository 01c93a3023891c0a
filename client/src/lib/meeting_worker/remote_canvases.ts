import type { ShownCanvas } from "./remote_views.ts";

/** Canvases that the page may have at once. */
export const MAXIMUM_CANVASES = 256;

interface PageCanvas {
  readonly canvas: OffscreenCanvas;
  streamId?: string;
  size?: { readonly width: number; readonly height: number };
}

/** The page's canvases: which stream each shows and how much of it is on the screen. */
export class RemoteCanvases {
  readonly #canvases = new Map<number, PageCanvas>();

  /** Takes over a canvas of the page; beyond the bound it is not taken. */
  add(canvasId: number, canvas: OffscreenCanvas): void {
    if (this.#canvases.size < MAXIMUM_CANVASES) this.#canvases.set(canvasId, { canvas });
  }

  /** Forgets a canvas. */
  remove(canvasId: number): void {
    this.#canvases.delete(canvasId);
  }

  /** The canvas of this number, and the stream that it shows. */
  get(canvasId: number): Readonly<PageCanvas> | undefined {
    return this.#canvases.get(canvasId);
  }

  /** Notes which stream a canvas shows; undefined: none. A canvas may come before its stream. */
  assign(canvasId: number, streamId: string | undefined): void {
    const entry = this.#canvases.get(canvasId);
    if (!entry) return;
    this.#canvases.set(canvasId, { canvas: entry.canvas, ...(streamId ? { streamId } : {}) });
  }

  /** Notes how many device pixels of a canvas are on the screen, 0 by 0 for none. */
  measure(canvasId: number, size: { readonly width: number; readonly height: number }): void {
    const entry = this.#canvases.get(canvasId);
    if (entry) entry.size = size;
  }

  /** The canvases that show this stream. */
  of(streamId: string): OffscreenCanvas[] {
    return [...this.#canvases.values()]
      .filter((entry) => entry.streamId === streamId)
      .map(({ canvas }) => canvas);
  }

  /** Whether any canvas of this stream is on the screen, or not measured yet. */
  onScreen(streamId: string): boolean {
    const shown = this.shown().filter((canvas) => canvas.streamId === streamId);
    return shown.length === 0 || shown.some(({ size }) => size === undefined || size.width > 0);
  }

  /** Heights of the largest view of a stream, pixels: of the picture and of its place on the screen. */
  heightsOf(streamId: string): { readonly drawn: number; readonly shown: number } | undefined {
    let largest: { readonly drawn: number; readonly shown: number } | undefined;
    for (const { canvas, size, streamId: showing } of this.#canvases.values()) {
      if (showing !== streamId || !size || size.height <= (largest?.shown ?? 0)) continue;
      largest = { drawn: canvas.height, shown: size.height };
    }
    return largest;
  }

  /** All that show something. */
  shown(): ShownCanvas[] {
    return [...this.#canvases.values()].flatMap(({ streamId, size }) =>
      streamId === undefined ? [] : { streamId, ...(size ? { size } : {}) }
    );
  }

  /**
   * Makes memory for a picture of this size on a canvas that shows nothing yet: that takes its
   * time, and the first picture is still on its way.
   */
  readySpare({ width, height }: { readonly width: number; readonly height: number }): void {
    for (const { canvas, streamId } of this.#canvases.values()) {
      if (streamId !== undefined) continue;
      if (canvas.width !== width) canvas.width = width;
      if (canvas.height !== height) canvas.height = height;
      canvas.getContext("2d", { alpha: false })?.fillRect(0, 0, width, height);
      return;
    }
  }
}
