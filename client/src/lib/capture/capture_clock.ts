import { WindowedMinimum } from "../../../../proto/congestion/windowed_minimum.ts";

/** How long the least delay counts: a track that lost time at its source is followed soon. */
export const CLOCK_WINDOW_MS = 2_000;
const CLOCK_SLOTS = 4;

/**
 * Brings the timestamps of one captured track onto the worker's own clock, so that sound and pictures
 * of one person share a clock and a changed track does not jump. Always rises.
 */
export class CaptureClock {
  #offsetsUs = new WindowedMinimum(CLOCK_WINDOW_MS, CLOCK_SLOTS);
  #lastUs = -1;

  /** `now` gives ms on a monotonic clock. */
  constructor(private readonly now: () => number) {}

  /** A new track with timestamps of its own begins. */
  restart(): void {
    this.#offsetsUs = new WindowedMinimum(CLOCK_WINDOW_MS, CLOCK_SLOTS);
  }

  /** The time of something captured at `timestampUs` on its track's clock, in µs on the worker's. */
  at(timestampUs: number): number {
    // Whatever comes with the least delay shows the true distance of the clocks.
    const nowMs = this.now();
    this.#offsetsUs.add(nowMs * 1_000 - timestampUs, nowMs);
    return this.#rise(timestampUs + this.#offsetsUs.value);
  }

  /** The time of something repeated right now. */
  repeated(): number {
    return this.#rise(this.#nowUs());
  }

  #nowUs(): number {
    return this.now() * 1_000;
  }

  #rise(timeUs: number): number {
    this.#lastUs = Math.max(this.#lastUs + 1, Math.round(timeUs));
    return this.#lastUs;
  }
}
