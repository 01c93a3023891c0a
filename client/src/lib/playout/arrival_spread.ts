import { WindowedMinimum } from "../../../../proto/congestion/windowed_minimum.ts";

const BUCKET_COUNT = 64;
/** The fastest arrival is looked for in the last 8 s. */
const BASELINE_WINDOW_MS = 8_000;
const BASELINE_SLOTS = 8;

/** How finely a spread is kept, and for how long. */
export interface ArrivalSpreadOptions {
  /** Width of one of the 64 classes; what is later than all of them counts to the last. */
  readonly bucketMs: number;
  /** Weight that all earlier arrivals keep at each new one, 0 to 1: 0.998 remembers about 500. */
  readonly retention: number;
}

/**
 * How unevenly a stream arrives: each arrival's transit time over the fastest one's of the last
 * seconds, as a decaying histogram. The clocks of sender and receiver may have any distance, and
 * drift: only differences of transit times count.
 */
export class ArrivalSpread {
  readonly #weights = new Float64Array(BUCKET_COUNT);
  #totalWeight = 0;
  readonly #transitsMs = new WindowedMinimum(BASELINE_WINDOW_MS, BASELINE_SLOTS);

  constructor(private readonly options: ArrivalSpreadOptions) {}

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
    const { bucketMs, retention } = this.options;
    const bucket = Math.min(BUCKET_COUNT - 1, Math.floor(spreadMs / bucketMs));
    for (let index = 0; index < BUCKET_COUNT; index++) {
      this.#weights[index] = (this.#weights[index] ?? 0) * retention;
    }
    this.#weights[bucket] = (this.#weights[bucket] ?? 0) + 1;
    this.#totalWeight = this.#totalWeight * retention + 1;
    return spreadMs;
  }

  /** The spread, ms, that this part (0 to 1) of the arrivals stays within; 0 before any. */
  percentileMs(part: number): number {
    const threshold = this.#totalWeight * part;
    let sum = 0;
    for (let index = 0; index < BUCKET_COUNT; index++) {
      sum += this.#weights[index] ?? 0;
      // The upper edge: a bucket's arrivals may all be as late as that.
      if (sum >= threshold && sum > 0) return (index + 1) * this.options.bucketMs;
    }
    return 0;
  }
}
