import { CaptureClock } from "../capture/capture_clock.ts";

const DEFAULT_INTERVAL_MS = 1_000 / 30;
/** Longer distances of captured frames are pauses, ms. */
const PAUSE_MS = 1_000;

/**
 * The newest frame of a capture, on the worker's clock: kept so that a key frame need not wait for the next one,
 * and that a picture which stands still can be encoded again.
 */
export class NewestFrame {
  readonly #now: () => number;
  readonly #clock: CaptureClock;
  #frame: VideoFrame | undefined;
  #number = 0;
  #atMs = -Infinity;
  #intervalMs = DEFAULT_INTERVAL_MS;

  /** `now` gives ms on a monotonic clock. */
  constructor(now: () => number) {
    this.#now = now;
    this.#clock = new CaptureClock(now);
  }

  /** The frame; it stays this object's to close. */
  get frame(): VideoFrame | undefined {
    return this.#frame;
  }

  /** How many frames have been captured: the number of the newest. */
  get number(): number {
    return this.#number;
  }

  /** Distance of captured frames lately, ms. */
  get intervalMs(): number {
    return this.#intervalMs;
  }

  /** When the next frame is to be expected, ms from now; negative when it is late. */
  get untilNextMs(): number {
    return this.#atMs + this.#intervalMs - this.#now();
  }

  /** Another track begins, with a clock of its own. */
  startTrack(): void {
    this.#clock.restart();
    this.forget();
  }

  /** Takes over a captured frame in place of the one before. */
  keep(captured: VideoFrame): VideoFrame {
    const nowMs = this.#now();
    const intervalMs = nowMs - this.#atMs;
    if (intervalMs < PAUSE_MS) this.#intervalMs += (intervalMs - this.#intervalMs) / 8;
    this.#atMs = nowMs;
    this.#number++;
    return this.#replace(captured, this.#clock.at(captured.timestamp));
  }

  /**
   * The same picture with the present time, since an encoder's times must rise.
   *
   * @throws {TypeError} when there is none.
   */
  repeat(): VideoFrame {
    if (!this.#frame) throw new TypeError("no frame was captured yet");
    return this.#replace(this.#frame, this.#clock.repeated());
  }

  /** Lets go of the frame. */
  forget(): void {
    this.#frame?.close();
    this.#frame = undefined;
  }

  #replace(frame: VideoFrame, timestamp: number): VideoFrame {
    const stamped = new VideoFrame(frame, { timestamp });
    frame.close();
    if (this.#frame !== frame) this.#frame?.close();
    this.#frame = stamped;
    return stamped;
  }
}
