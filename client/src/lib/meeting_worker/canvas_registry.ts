import type { WorkerCommand } from "./protocol.ts";

/** The page's canvases, by the numbers under which the worker draws on them. */
export class CanvasRegistry {
  readonly #post: (message: WorkerCommand, transfer: Transferable[]) => void;
  // A canvas can be handed over only once, so its number lives as long as it does.
  readonly #ids = new WeakMap<HTMLCanvasElement, number>();
  readonly #attachments = new Map<number, symbol>();
  readonly #collected: FinalizationRegistry<number>;
  #lastId = 0;

  constructor(post: (message: WorkerCommand, transfer: Transferable[]) => void) {
    this.#post = post;
    this.#collected = new FinalizationRegistry((canvasId) =>
      post({ type: "remove-canvas", canvasId }, [])
    );
  }

  /** Shows a stream on a canvas; returns what ends that, unless the canvas shows another by then. */
  attach(streamId: string, canvas: HTMLCanvasElement): () => void {
    const canvasId = this.#ids.get(canvas) ?? this.#add(canvas);
    const attachment = Symbol(streamId);
    this.#attachments.set(canvasId, attachment);
    this.#post({ type: "attach-canvas", canvasId, streamId }, []);
    return () => {
      if (this.#attachments.get(canvasId) !== attachment) return;
      this.#attachments.delete(canvasId);
      this.#post({ type: "detach-canvas", canvasId }, []);
    };
  }

  #add(canvas: HTMLCanvasElement): number {
    const canvasId = ++this.#lastId;
    const offscreen = canvas.transferControlToOffscreen();
    this.#ids.set(canvas, canvasId);
    this.#collected.register(canvas, canvasId);
    this.#post({ type: "add-canvas", canvasId, canvas: offscreen }, [offscreen]);
    return canvasId;
  }
}
