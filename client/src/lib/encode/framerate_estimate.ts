/** Rates at which cameras capture, in pictures a second. */
const RATES = [5, 7.5, 10, 12, 15, 20, 24, 25, 30] as const;
const HIGHEST_RATE = 30;
/** Captures are counted over this long, ms. */
const WINDOW_MS = 1_000;
/** A capture that comes this late was a pause, ms. */
const PAUSE_MS = 500;
/** Share by which a count may be below a rate that it still stands for. */
const TOLERANCE = 0.05;

/** How many pictures a second a camera delivers, which in the dark is fewer than it was asked for. */
export class FramerateEstimate {
  #framerate: number = HIGHEST_RATE;
  #sinceMs = -Infinity;
  #lastMs = -Infinity;
  #frames = 0;

  /** The rate as a camera would name it; the highest before it is known. */
  get framerate(): number {
    return this.#framerate;
  }

  /** A picture was captured at this time. */
  captured(nowMs: number): void {
    const paused = nowMs - this.#lastMs > PAUSE_MS;
    this.#lastMs = nowMs;
    if (paused) {
      this.#startWindow(nowMs);
      return;
    }
    this.#frames++;
    const elapsedMs = nowMs - this.#sinceMs;
    if (elapsedMs < WINDOW_MS) return;
    const counted = this.#frames * 1_000 / elapsedMs;
    this.#framerate = RATES.find((rate) => rate >= counted * (1 - TOLERANCE)) ?? HIGHEST_RATE;
    this.#startWindow(nowMs);
  }

  #startWindow(nowMs: number): void {
    this.#sinceMs = nowMs;
    this.#frames = 0;
  }
}
