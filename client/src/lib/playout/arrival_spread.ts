import { WindowedMinimum } from "../../../../proto/congestion/windowed_minimum.ts";

/** The fastest arrival is looked for in the last 8 s. */
const BASELINE_WINDOW_MS = 8_000;
const BASELINE_SLOTS = 8;
/** Arrivals that are remembered at most, whatever the window: 100 a second for 5 s. */
export const MAXIMUM_REMEMBERED = 512;

interface Arrival {
  readonly atMs: number;
  readonly spreadMs: number;
}

/**
 * How unevenly a stream arrived lately: each arrival's transit time over the fastest one's of the last
 * seconds. The clocks of sender and receiver may have any distance, and drift: only differences of
 * transit times count. What has left the window is forgotten at once: a weight that fades lets one bad
 * second, such as that of a start, rule over a 95th percentile for three times as long as it remembers.
 */
export class ArrivalSpread {
  readonly #windowMs: number;
  readonly #arrivals: Arrival[] = [];
  readonly #transitsMs = new WindowedMinimum(BASELINE_WINDOW_MS, BASELINE_SLOTS);
  /** The spreads in the window by size; undefined until they are asked for. */
  #sortedMs: Float64Array | undefined;

  /** @param windowMs for how long an arrival counts. */
  constructor(windowMs: number) {
    this.#windowMs = windowMs;
  }

  /** Transit time of the fastest recent arrival, ms between the two clocks; Infinity before any. */
  get fastestMs(): number {
    return this.#transitsMs.value;
  }

  /**
   * Counts what was sent at `timestampMs` and arrived at `arrivalMs`, each on its own clock.
   *
   * @returns how much later than the fastest it came, ms.
   */
  observe(arrivalMs: number, timestampMs: number): number {
    const transitMs = arrivalMs - timestampMs;
    this.#transitsMs.add(transitMs, arrivalMs);
    const spreadMs = transitMs - this.fastestMs;
    this.#arrivals.push({ atMs: arrivalMs, spreadMs });
    const oldestMs = arrivalMs - this.#windowMs;
    while (this.#arrivals.length > MAXIMUM_REMEMBERED || this.#arrivals[0]!.atMs < oldestMs) {
      this.#arrivals.shift();
    }
    this.#sortedMs = undefined;
    return spreadMs;
  }

  /** The spread, ms, that this part (0 to 1) of the arrivals stays within; 0 before any. */
  percentileMs(part: number): number {
    this.#sortedMs ??= Float64Array.from(this.#arrivals, ({ spreadMs }) => spreadMs).sort();
    return this.#sortedMs[Math.max(0, Math.ceil(this.#sortedMs.length * part) - 1)] ?? 0;
  }
}
