/**
 * Brings the timestamps of one captured track onto the worker's own clock, so that sound and pictures
 * of one person share a clock and a changed track does not jump. Always rises.
 */
export class CaptureClock {
  #offsetUs = Infinity;
  #lastUs = -1;

  /** `now` gives ms on a monotonic clock. */
  constructor(private readonly now: () => number) {}

  /** A new track with timestamps of its own begins. */
  restart(): void {
    this.#offsetUs = Infinity;
  }

  /** The time of something captured at `timestampUs` on its track's clock, in µs on the worker's. */
  at(timestampUs: number): number {
    // Whatever comes with the least delay shows the true distance of the clocks.
    this.#offsetUs = Math.min(this.#offsetUs, this.#nowUs() - timestampUs);
    return this.#rise(timestampUs + this.#offsetUs);
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
