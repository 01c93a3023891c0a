/** The canvases that show one stream, all the same picture. */
export class PictureCanvases {
  readonly #contexts = new Map<OffscreenCanvas, OffscreenCanvasRenderingContext2D>();

  get size(): number {
    return this.#contexts.size;
  }

  /** Adds a canvas, with what the others show. */
  add(canvas: OffscreenCanvas): void {
    const context = canvas.getContext("2d", { alpha: false });
    if (!context) return;
    const [shown] = this.#contexts.keys();
    this.#contexts.set(canvas, context);
    if (shown) drawOn(context, shown, shown);
  }

  remove(canvas: OffscreenCanvas): void {
    this.#contexts.delete(canvas);
  }

  clear(): void {
    this.#contexts.clear();
  }

  /** Draws a picture in its own size on all. */
  draw(picture: VideoFrame): void {
    const size = { width: picture.displayWidth, height: picture.displayHeight };
    for (const context of this.#contexts.values()) drawOn(context, picture, size);
  }
}

function drawOn(
  context: OffscreenCanvasRenderingContext2D,
  picture: CanvasImageSource,
  size: { readonly width: number; readonly height: number },
): void {
  const { canvas } = context;
  // Setting a size clears the canvas, even to the same size.
  if (canvas.width !== size.width) canvas.width = size.width;
  if (canvas.height !== size.height) canvas.height = size.height;
  context.drawImage(picture, 0, 0);
}
