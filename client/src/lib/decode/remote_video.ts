import { DecodeGate } from "./decode_gate.ts";
import { GroupStore } from "./group_store.ts";
import type { ReceivedFrame } from "./received_frame.ts";

/** Requests for a key frame come no closer than this. */
const KEY_FRAME_REQUEST_INTERVAL_MS = 300;
/** While more pictures than this wait to be decoded, only the newest is drawn. */
const CATCH_UP_QUEUE = 1;
/** Even while catching up, a picture is drawn this often. */
const MAXIMUM_UNDRAWN_MS = 100;
/** Pictures that wait inside the decoder before it starts anew at a key frame. */
const MAXIMUM_QUEUED_FRAMES = 90;
/** How long a stream that is expected on a canvas is decoded before the canvas is there. */
const FIRST_CANVAS_PATIENCE_MS = 1_000;

export interface RemoteVideoOptions {
  /** WebCodecs codec string. */
  readonly codec: string;
  /** A canvas is about to come: the first picture is decoded meanwhile. */
  readonly canvasExpected: boolean;
  /** Asks the publisher for a key frame. */
  requestKeyFrame(): void;
  /** A picture was drawn. */
  onDrawn(): void;
  readonly now?: () => number;
}

/**
 * Decodes one remote video stream and draws it on the canvases attached to it. Nothing is decoded while
 * there is no canvas, but for the moment before the first one comes.
 */
export class RemoteVideo {
  readonly #options: RemoteVideoOptions;
  readonly #now: () => number;
  readonly #gate = new DecodeGate();
  readonly #stored = new GroupStore();
  readonly #canvases = new Map<OffscreenCanvas, OffscreenCanvasRenderingContext2D>();
  #decoder: VideoDecoder | undefined;
  /** The newest picture of before the first canvas. */
  #undrawn: VideoFrame | undefined;
  #canvasExpectedUntilMs: number;
  #requestedAtMs = -Infinity;
  #drawnAtMs = -Infinity;
  #closed = false;

  constructor(options: RemoteVideoOptions) {
    this.#options = options;
    this.#now = options.now ?? (() => performance.now());
    this.#canvasExpectedUntilMs = options.canvasExpected
      ? this.#now() + FIRST_CANVAS_PATIENCE_MS
      : -Infinity;
    if (options.canvasExpected) this.#startDecoder();
  }

  /** Takes the stream's next frame. */
  receive(frame: ReceivedFrame): void {
    if (this.#closed) return;
    if (this.#canvases.size === 0) return this.#receiveUnseen(frame);
    this.#decode(frame);
    if (this.#gate.waiting) this.#requestKeyFrame();
  }

  /** Shows the stream on this canvas too; the newest picture comes as soon as there is one. */
  attach(canvas: OffscreenCanvas): void {
    const context = canvas.getContext("2d", { alpha: false });
    if (!context || this.#closed) return;
    const [shown] = this.#canvases.keys();
    this.#canvases.set(canvas, context);
    this.#canvasExpectedUntilMs = -Infinity;
    const stored = this.#stored.take();
    if (shown) draw(context, shown, shown);
    else if (this.#gate.waiting) { for (const frame of stored) this.#decode(frame); }
    const undrawn = this.#undrawn;
    this.#undrawn = undefined;
    if (undrawn) this.#draw(undrawn);
    if (this.#gate.waiting) this.#requestKeyFrame();
  }

  /** Takes a canvas away. */
  detach(canvas: OffscreenCanvas): void {
    this.#canvases.delete(canvas);
    if (this.#canvases.size === 0) this.#discardDecoder();
  }

  /** Ends the stream. */
  close(): void {
    this.#closed = true;
    this.#canvases.clear();
    this.#stored.clear();
    this.#discardDecoder();
  }

  /** Keeps a frame for the first canvas, and decodes it already if that is about to come. */
  #receiveUnseen(frame: ReceivedFrame): void {
    this.#stored.add(frame);
    if (this.#now() < this.#canvasExpectedUntilMs) this.#decode(frame);
    else if (this.#decoder) this.#discardDecoder();
  }

  #decode(frame: ReceivedFrame): void {
    if (!this.#gate.admit(frame.sequence, frame.keyFrame)) return;
    try {
      const decoder = this.#decoder ??= this.#createDecoder();
      if (decoder.decodeQueueSize > MAXIMUM_QUEUED_FRAMES) return this.#discardDecoder();
      decoder.decode(
        new EncodedVideoChunk({
          type: frame.keyFrame ? "key" : "delta",
          timestamp: frame.timestampUs,
          data: frame.data,
        }),
      );
    } catch {
      this.#recover();
    }
  }

  #createDecoder(): VideoDecoder {
    const decoder = new VideoDecoder({
      output: (picture) => {
        if (this.#decoder === decoder) this.#show(picture, decoder.decodeQueueSize);
        else picture.close();
      },
      error: () => {
        if (this.#decoder === decoder) this.#recover();
      },
    });
    decoder.configure({ codec: this.#options.codec, optimizeForLatency: true });
    return decoder;
  }

  /** Draws a picture and closes it, now or later. */
  #show(picture: VideoFrame, queued: number): void {
    if (this.#canvases.size === 0) {
      this.#undrawn?.close();
      this.#undrawn = picture;
    } else if (queued > CATCH_UP_QUEUE && this.#now() - this.#drawnAtMs < MAXIMUM_UNDRAWN_MS) {
      picture.close();
    } else this.#draw(picture);
  }

  #draw(picture: VideoFrame): void {
    this.#drawnAtMs = this.#now();
    const size = { width: picture.displayWidth, height: picture.displayHeight };
    for (const context of this.#canvases.values()) draw(context, picture, size);
    picture.close();
    this.#options.onDrawn();
  }

  /** Gets the decoder ready, since it takes its time when it is made. */
  #startDecoder(): void {
    try {
      this.#decoder ??= this.#createDecoder();
    } catch {
      // A codec that this browser lacks shows when there is something to decode.
    }
  }

  #recover(): void {
    this.#discardDecoder();
    this.#requestKeyFrame();
  }

  #discardDecoder(): void {
    const decoder = this.#decoder;
    this.#decoder = undefined;
    if (decoder && decoder.state !== "closed") decoder.close();
    this.#undrawn?.close();
    this.#undrawn = undefined;
    this.#gate.reset();
  }

  #requestKeyFrame(): void {
    const nowMs = this.#now();
    if (nowMs - this.#requestedAtMs < KEY_FRAME_REQUEST_INTERVAL_MS) return;
    this.#requestedAtMs = nowMs;
    this.#options.requestKeyFrame();
  }
}

function draw(
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
