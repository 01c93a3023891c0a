import type { WorkerCommand } from "./protocol.ts";

/** The page's canvases, by the numbers under which the worker draws on them. */
export class CanvasRegistry {
  readonly #post: (message: WorkerCommand, transfer: Transferable[]) => void;
  readonly #collected: FinalizationRegistry<number>;
  #lastId = 0;
  #spare: RegisteredCanvas | undefined;

  constructor(post: (message: WorkerCommand, transfer: Transferable[]) => void) {
    this.#post = post;
    this.#collected = new FinalizationRegistry((canvasId) =>
      post({ type: "remove-canvas", canvasId }, [])
    );
  }

  /** Hands a canvas to the worker ahead of the first stream, since that takes its time. */
  prepare(): void {
    this.#spare ??= this.#add();
  }

  /**
   * Shows a stream on a canvas that it puts into `place`; returns what ends that. Each showing has a
   * canvas of its own: the picture of another stream must never flash up.
   */
  show(streamId: string, place: HTMLElement): () => void {
    const { canvas, canvasId } = this.#spare ?? this.#add();
    this.#spare = undefined;
    this.#post({ type: "attach-canvas", canvasId, streamId }, []);
    place.append(canvas);
    return () => {
      this.#post({ type: "detach-canvas", canvasId }, []);
      canvas.remove();
    };
  }

  #add(): RegisteredCanvas {
    const canvas = document.createElement("canvas");
    const canvasId = ++this.#lastId;
    const offscreen = canvas.transferControlToOffscreen();
    this.#collected.register(canvas, canvasId);
    this.#post({ type: "add-canvas", canvasId, canvas: offscreen }, [offscreen]);
    return { canvas, canvasId };
  }
}

interface RegisteredCanvas {
  readonly canvas: HTMLCanvasElement;
  readonly canvasId: number;
}
