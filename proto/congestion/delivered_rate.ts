import type { ArrivalHistory } from "./arrival_history.ts";
import type { ReportedRate } from "./reported_rate.ts";
import { WindowedMinimum } from "./windowed_minimum.ts";

/** Over what time the delivered bitrate is measured, milliseconds. */
export const MEASURE_MS = 400;
/** How long the highest delivered bitrate counts, milliseconds. */
const PROVEN_WINDOW_MS = 600;
/** Over what time the rate of what is reported is measured where nothing tells when it arrived. */
const REPORTED_MEASURE_MS = 750;
/** Time without word of when anything arrived after which there is a lack of it, milliseconds. */
const UNTIMED_AFTER_MS = 1_500;

/** What there is to measure the delivered bitrate by. */
export interface Deliveries {
  /** On streams, by the receiver's clock. */
  readonly arrivals: ArrivalHistory;
  /** On streams, by the sender's clock. */
  readonly reported: ReportedRate;
  /** What arrives of datagrams, bits per second. */
  readonly datagramBps: number;
  readonly nowMs: number;
}

/**
 * What arrives, and the most that lately did. By the receiver's clock as long as it tells when: one
 * that gets the processor late tells no times, but counts all the same.
 */
export class DeliveredRate {
  /** Negative: the highest delivered bitrate of late. */
  readonly #proven = new WindowedMinimum(PROVEN_WINDOW_MS, 6);
  #timedAtMs: number | undefined;
  #bps = 0;

  /** What arrived lately, bits per second; 0 while too little is known. */
  get bps(): number {
    return this.#bps;
  }

  /** The most that arrived in any short time lately, bits per second; undefined before that is known. */
  get provenBps(): number | undefined {
    return this.#proven.value === Infinity ? undefined : -this.#proven.value;
  }

  /** A report told when something arrived, or there was nothing to tell of. */
  timed(nowMs: number): void {
    this.#timedAtMs = nowMs;
  }

  /** Measures anew, once for each report. */
  measure({ arrivals, reported, datagramBps, nowMs }: Deliveries): void {
    this.#timedAtMs ??= nowMs;
    const isTimed = nowMs - this.#timedAtMs < UNTIMED_AFTER_MS;
    const streamBps = isTimed
      ? arrivals.bitrateBps(MEASURE_MS)
      : reported.bitrateBps(REPORTED_MEASURE_MS, nowMs);
    this.#bps = streamBps + datagramBps;
    // Sound alone proves nothing of what the path carries besides.
    if (streamBps > 0) this.#proven.add(-this.#bps, nowMs);
  }
}
