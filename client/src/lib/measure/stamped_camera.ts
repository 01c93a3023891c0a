import { FramePacer } from "../encode/frame_pacer.ts";
import { MovingScene } from "./moving_scene.ts";
import { paintStamp } from "./stamp_picture.ts";
import { wallClockMs } from "./wall_clock.ts";

/** What a {@link StampedCamera} paints. */
export interface StampedCameraOptions {
  /** Takes the size; what was on it goes. Has to stay visible: browsers paint nothing unseen. */
  readonly canvas: HTMLCanvasElement;
  readonly width: number;
  readonly height: number;
  readonly framesPerSecond: number;
}

/** A camera that sees a moving scene with the time in it: a canvas, painted as it is looked at. */
export class StampedCamera implements Disposable {
  /** To be sent like any camera's; ends with this. */
  readonly track: MediaStreamTrack;
  readonly #context: CanvasRenderingContext2D;
  readonly #scene: MovingScene;
  readonly #pacer: FramePacer;
  #painted = 0;
  #animationFrame = 0;

  /** @throws {Error} when the browser gives no canvas, or no track of one. */
  constructor({ canvas, width, height, framesPerSecond }: StampedCameraOptions) {
    canvas.width = width;
    canvas.height = height;
    const context = canvas.getContext("2d", { alpha: false });
    const [track] = canvas.captureStream(framesPerSecond).getVideoTracks();
    if (!context || !track) throw new Error("the browser gives no canvas to capture");
    this.#context = context;
    this.track = track;
    this.#scene = new MovingScene(width, height);
    this.#pacer = new FramePacer(framesPerSecond);
    this.#animationFrame = requestAnimationFrame(this.#onAnimationFrame);
  }

  /** Pictures painted so far. */
  get painted(): number {
    return this.#painted;
  }

  [Symbol.dispose](): void {
    cancelAnimationFrame(this.#animationFrame);
    this.track.stop();
  }

  readonly #onAnimationFrame = (frameTimeMs: number): void => {
    this.#animationFrame = requestAnimationFrame(this.#onAnimationFrame);
    if (!this.#pacer.accept(frameTimeMs * 1_000)) return;
    const stampMs = wallClockMs();
    this.#scene.paint(this.#context, stampMs);
    paintStamp(this.#context, { stampMs, frameNumber: this.#painted });
    this.#painted++;
  };
}
