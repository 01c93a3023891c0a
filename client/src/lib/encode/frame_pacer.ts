/** Share of the frame interval by which a frame may be early: capture clocks jitter. */
const TOLERANCE = 0.25;

/** Thins a stream of captured frames to a highest rate, by their timestamps. */
export class FramePacer {
  #intervalUs: number;
  #dueUs = -Infinity;

  constructor(framerate: number) {
    this.#intervalUs = 1_000_000 / framerate;
  }

  /** Thins to another rate from the next frame on, in frames a second. */
  setFramerate(framerate: number): void {
    this.#intervalUs = 1_000_000 / framerate;
  }

  /** Whether the frame of this time is to be encoded. */
  accept(timestampUs: number): boolean {
    const aheadUs = this.#dueUs - timestampUs;
    // Far off the pace in either direction (a pause, a new track's clock) it starts anew.
    const offPace = aheadUs < -this.#intervalUs || aheadUs > 2 * this.#intervalUs;
    if (!offPace && aheadUs > this.#intervalUs * TOLERANCE) return false;
    this.#dueUs = (offPace ? timestampUs : this.#dueUs) + this.#intervalUs;
    return true;
  }
}
