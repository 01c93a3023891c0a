/** Share of the frame interval by which a frame may be early: capture clocks jitter. */
const TOLERANCE = 0.25;

/** Thins a stream of captured frames to a highest rate, by their timestamps. */
export class FramePacer {
  readonly #intervalUs: number;
  #dueUs = -Infinity;

  constructor(framerate: number) {
    this.#intervalUs = 1_000_000 / framerate;
  }

  /** Whether the frame of this time is to be encoded. */
  accept(timestampUs: number): boolean {
    if (timestampUs < this.#dueUs - this.#intervalUs * TOLERANCE) {
      // A clock that jumped back (a new track) starts the pace anew.
      if (timestampUs > this.#dueUs - 2 * this.#intervalUs) return false;
    }
    const behind = timestampUs - this.#dueUs > this.#intervalUs;
    const jumped = timestampUs < this.#dueUs - 2 * this.#intervalUs;
    this.#dueUs = (behind || jumped ? timestampUs : this.#dueUs) + this.#intervalUs;
    return true;
  }
}
