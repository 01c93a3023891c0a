/** No stream plays with less delay than this. */
export const MINIMUM_TARGET_MS = 60;
/** No stream plays with more delay than this; what comes later still is lost. */
export const MAXIMUM_TARGET_MS = 200;

const BUCKET_MS = 5;
const BUCKET_COUNT = 64;
const PERCENTILE = 0.95;
/** Weight that all earlier packets keep at each new one: a memory of about 10 s at 50 a second. */
const RETENTION = 0.998;
/** The fastest arrival is looked for in the last one to two spans of this length. */
const BASELINE_SPAN_MS = 5_000;

/**
 * How much delay a stream needs, from how its packets arrive: the decaying 95th percentile of the
 * spread (a packet's transit time over the fastest one's) plus one packet.
 */
export class JitterEstimator {
  readonly #weights = new Float64Array(BUCKET_COUNT);
  #totalWeight = 0;
  #fastestMs = Infinity;
  #fastestBeforeMs = Infinity;
  #spanStartMs = -Infinity;

  /** `packetMs` is the length of sound in one packet. */
  constructor(private readonly packetMs: number) {}

  /** Counts a packet. Both clocks run in ms; their origins may differ. */
  observe(arrivalMs: number, timestampMs: number): void {
    const transitMs = arrivalMs - timestampMs;
    if (arrivalMs - this.#spanStartMs > BASELINE_SPAN_MS) {
      this.#spanStartMs = arrivalMs;
      this.#fastestBeforeMs = this.#fastestMs;
      this.#fastestMs = Infinity;
    }
    this.#fastestMs = Math.min(this.#fastestMs, transitMs);
    const spreadMs = transitMs - Math.min(this.#fastestMs, this.#fastestBeforeMs);
    const bucket = Math.min(BUCKET_COUNT - 1, Math.floor(spreadMs / BUCKET_MS));
    for (let index = 0; index < BUCKET_COUNT; index++) {
      this.#weights[index] = (this.#weights[index] ?? 0) * RETENTION;
    }
    this.#weights[bucket] = (this.#weights[bucket] ?? 0) + 1;
    this.#totalWeight = this.#totalWeight * RETENTION + 1;
  }

  /** The delay to play with, in ms, between the two bounds. */
  get targetMs(): number {
    const wanted = this.#percentileMs() + this.packetMs;
    return Math.min(MAXIMUM_TARGET_MS, Math.max(MINIMUM_TARGET_MS, wanted));
  }

  #percentileMs(): number {
    const threshold = this.#totalWeight * PERCENTILE;
    let sum = 0;
    for (let index = 0; index < BUCKET_COUNT; index++) {
      sum += this.#weights[index] ?? 0;
      // The upper edge: a bucket's packets may all be as late as that.
      if (sum >= threshold && sum > 0) return (index + 1) * BUCKET_MS;
    }
    return 0;
  }
}
