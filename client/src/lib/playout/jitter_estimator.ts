import { ArrivalSpread } from "./arrival_spread.ts";

/** No stream plays with less delay than this: a packet and what the speaker takes at once. */
export const MINIMUM_TARGET_MS = 30;
/** No stream plays with more delay than this; what comes later still is lost. */
export const MAXIMUM_TARGET_MS = 200;

const PERCENTILE = 0.95;
/** How long an arrival counts: stretching reaches another delay within a second. */
const SPREAD_WINDOW_MS = 2_000;
/** In this time half of the delay over the least that was asked for when the sound ran out is given back. */
const HALVED_AFTER_MS = 1_000;
/** Sound that ran out with no packet late needs this much more: speakers take it in pieces of some 10 ms. */
const RAN_OUT_STEP_MS = 5;

/**
 * How much delay a stream needs, from how its packets arrive: the 95th percentile of the spread (a
 * packet's transit time over the fastest one's) in the last 2 s plus one packet. When the sound ran
 * out all the same, at once what would have prevented it, given back within seconds.
 */
export class JitterEstimator {
  readonly #spread = new ArrivalSpread(SPREAD_WINDOW_MS);
  #lastSpreadMs = 0;
  #lastArrivalMs = 0;
  /** The delay that would have prevented the last time that the sound ran out. */
  #neededMs = MINIMUM_TARGET_MS;
  #neededAtMs = 0;

  /** `packetMs` is the length of sound in one packet. */
  constructor(private readonly packetMs: number) {}

  /** Counts a packet. Both clocks run in ms; their origins may differ. */
  observe(arrivalMs: number, timestampMs: number): void {
    this.#lastSpreadMs = this.#spread.observe(arrivalMs, timestampMs);
    this.#lastArrivalMs = arrivalMs;
  }

  /** The sound ran out before the packet that was observed last. */
  ranOut(): void {
    const lateMs = this.#lastSpreadMs + this.packetMs;
    const neededMs = Math.max(lateMs, this.targetMs + RAN_OUT_STEP_MS);
    this.#neededMs = Math.min(MAXIMUM_TARGET_MS, neededMs);
    this.#neededAtMs = this.#lastArrivalMs;
  }

  /** The delay to play with, in ms, between the two bounds. */
  get targetMs(): number {
    const usualMs = this.#spread.percentileMs(PERCENTILE) + this.packetMs;
    return Math.min(MAXIMUM_TARGET_MS, Math.max(usualMs, this.#remembered()));
  }

  /** What is left of {@link #neededMs}; never less than the least. */
  #remembered(): number {
    const part = 0.5 ** ((this.#lastArrivalMs - this.#neededAtMs) / HALVED_AFTER_MS);
    return MINIMUM_TARGET_MS + (this.#neededMs - MINIMUM_TARGET_MS) * part;
  }
}
