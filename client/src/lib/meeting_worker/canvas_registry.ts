import type { WorkerCommand } from "./protocol.ts";

/** The page's canvases, by the numbers under which the worker draws on them. */
export class CanvasRegistry {
  readonly #post: (message: WorkerCommand, transfer: Transferable[]) => void;
  readonly #collected: FinalizationRegistry<number>;
  readonly #shown = new Map<Element, ShownCanvas>();
  readonly #sizes: ResizeObserver;
  readonly #sights: IntersectionObserver;
  #lastId = 0;
  #spare: RegisteredCanvas | undefined;

  constructor(post: (message: WorkerCommand, transfer: Transferable[]) => void) {
    this.#post = post;
    this.#collected = new FinalizationRegistry((canvasId) =>
      post({ type: "remove-canvas", canvasId }, [])
    );
    this.#sizes = new ResizeObserver((entries) => {
      for (const { target, contentRect } of entries) {
        this.#measure(target, { width: contentRect.width, height: contentRect.height });
      }
    });
    this.#sights = new IntersectionObserver((entries) => {
      for (const { target, isIntersecting } of entries) {
        this.#measure(target, { inSight: isIntersecting });
      }
    });
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
    this.#shown.set(canvas, { canvasId });
    this.#sizes.observe(canvas);
    this.#sights.observe(canvas);
    return () => {
      this.#sizes.unobserve(canvas);
      this.#sights.unobserve(canvas);
      this.#shown.delete(canvas);
      this.#post({ type: "detach-canvas", canvasId }, []);
      canvas.remove();
    };
  }

  /** Looks at no canvas any more. */
  close(): void {
    this.#sizes.disconnect();
    this.#sights.disconnect();
    this.#shown.clear();
  }

  /** Tells the worker what of a canvas is on the screen, once size and sight are known. */
  #measure(canvas: Element, known: Partial<ShownCanvas>): void {
    const shown = this.#shown.get(canvas);
    if (!shown) return;
    const now = { ...shown, ...known };
    this.#shown.set(canvas, now);
    const { canvasId, inSight, width, height } = now;
    if (inSight === undefined || width === undefined || height === undefined) return;
    const scale = inSight ? globalThis.devicePixelRatio : 0;
    this.#post({
      type: "measure-canvas",
      canvasId,
      width: Math.round(width * scale),
      height: Math.round(height * scale),
    }, []);
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

/** What is known of a canvas that shows a stream; sizes in CSS pixels. */
interface ShownCanvas {
  readonly canvasId: number;
  readonly width?: number;
  readonly height?: number;
  readonly inSight?: boolean;
}
