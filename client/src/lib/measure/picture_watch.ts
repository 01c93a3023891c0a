import type { MeasurementRecorder } from "./measurement_recorder.ts";
import { StampReader } from "./stamp_picture.ts";
import { wallClockMs } from "./wall_clock.ts";

/** Animation frames farther apart than this are a stall: two at 60 a second were missed. */
const STALL_MS = 50;

/** What shows the pictures; a canvas or video that comes and goes in it is found. */
export interface PicturePlace {
  querySelector(selectors: "canvas"): HTMLCanvasElement | null;
  querySelector(selectors: "video"): HTMLVideoElement | null;
}

/**
 * At each animation frame reads the stamp that `place` shows, and records it when it is new. A read
 * makes the browser copy the whole picture: without a GPU that takes 2 ms for 1280×720.
 */
export class PictureWatch implements Disposable {
  readonly #place: PicturePlace;
  readonly #recorder: MeasurementRecorder;
  readonly #reader = new StampReader();
  #animationFrame = 0;
  #lastFrameAtMs = Infinity;

  /** Begins at once. */
  constructor(place: PicturePlace, recorder: MeasurementRecorder) {
    this.#place = place;
    this.#recorder = recorder;
    this.#animationFrame = requestAnimationFrame(this.#onAnimationFrame);
  }

  [Symbol.dispose](): void {
    cancelAnimationFrame(this.#animationFrame);
  }

  readonly #onAnimationFrame = (): void => {
    this.#animationFrame = requestAnimationFrame(this.#onAnimationFrame);
    const atMs = wallClockMs();
    const sinceLastMs = atMs - this.#lastFrameAtMs;
    if (sinceLastMs > STALL_MS) this.#recorder.addStall({ atMs, durationMs: sinceLastMs });
    this.#lastFrameAtMs = atMs;
    const canvas = this.#place.querySelector("canvas");
    if (canvas) return this.#read(canvas, canvas.width, canvas.height, atMs);
    const video = this.#place.querySelector("video");
    if (video) this.#read(video, video.videoWidth, video.videoHeight, atMs);
  };

  #read(picture: CanvasImageSource, width: number, height: number, atMs: number): void {
    if (width === 0 || height === 0) return;
    const stamp = this.#reader.read(picture, { width, height }, atMs);
    if (stamp) this.#recorder.addShown({ atMs, ...stamp, width, height });
  }
}
