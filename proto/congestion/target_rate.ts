/** Queue from which the path is taken to be full, milliseconds. */
export const FULL_QUEUE_MS = 25;
/** Queue below which it is taken to be drained again, milliseconds. */
export const DRAINED_QUEUE_MS = 12;
/** Part of what a full path delivers that is sent while its queue drains. */
const YIELD = 0.9;
/** Time in which a queue is to drain, milliseconds. */
const DRAIN_MS = 400;
/** Most that is held back for draining, as part of what is delivered. */
const MAX_DRAIN = 0.5;
/** Part of the path's rate to go on with once its queue has drained. */
const SETTLE = 0.88;
/** Growth until the path was full for the first time, per second (natural logarithm). */
const START_GROWTH = 1.6;
/** Growth while nothing is known to limit the path, per second. */
const FREE_GROWTH = 1;
/** Growth just after the path was full, per second; doubles with each `GROWTH_DOUBLING_MS`. */
const CAREFUL_GROWTH = 0.02;
const GROWTH_DOUBLING_MS = 1_500;
/** Target above the rate at which the path was full, from which that is out of date. */
const CEILING_PASSED = 1.1;
/** Occupancy below which the path carries far more than the target. */
const SPARE_OCCUPANCY = 0.5;
/** Longest time for which one report lets the target grow, milliseconds. */
const MAX_GROWTH_STEP_MS = 200;
/** Part of the target that must be sent for the path to be tested by it. */
const TESTED_PART = 0.65;
/** How far above what has arrived lately a target may grow. */
const PROVEN_HEADROOM = 1.35;
/** Weight of a new measurement of what a full path delivers. */
const CEILING_GAIN = 0.3;
/** The same when it is below `COLLAPSED` of what was thought. */
const COLLAPSED_GAIN = 0.6;
const COLLAPSED = 0.6;
/** How far above what is sent an untested target may be. */
const UNTESTED_HEADROOM = 2;

/** What is seen of a path at a report. */
export interface RateObservation {
  readonly nowMs: number;
  /** What waits, milliseconds. */
  readonly queueMs: number;
  /** What arrives, or arrived while the path had no pause, if it is known. */
  readonly deliveredBps: number;
  /** Whether `deliveredBps` was measured without a pause: the path's own rate, not the sender's. */
  readonly isSaturated: boolean;
  /** Time that pieces take on the way against what they would at the target (`occupancy`). */
  readonly occupancy: number | undefined;
  /** The most that arrived in any short time lately. */
  readonly provenBps: number;
  /** What is sent, padding included. */
  readonly sentBps: number;
}

/** The bitrate that a path is taken to carry: falls to what arrives when a queue stands, and grows. */
export class TargetRate {
  readonly #minBps: number;
  readonly #maxBps: number;
  #bps: number;
  #ceilingBps = Infinity;
  #entryBps = 0;
  #isFull = false;
  #hasBeenFull = false;
  #fullAtMs = -Infinity;
  #grownAtMs: number | undefined;

  constructor(startBps: number, minBps: number, maxBps: number) {
    this.#minBps = minBps;
    this.#maxBps = maxBps;
    this.#bps = startBps;
  }

  get bps(): number {
    return this.#bps;
  }

  get ceilingBps(): number {
    return this.#ceilingBps;
  }

  /** Whether a queue stands, and has not drained yet. */
  get isFull(): boolean {
    return this.#isFull;
  }

  observe(seen: RateObservation): void {
    if (seen.queueMs > FULL_QUEUE_MS) this.#fall(seen);
    else if (this.#isFull && seen.queueMs < DRAINED_QUEUE_MS) this.#settle(seen);
    else if (!this.#isFull) this.#grow(seen);
    this.#grownAtMs = seen.nowMs;
    this.#bps = Math.min(this.#maxBps, Math.max(this.#minBps, this.#bps));
  }

  #fall({ queueMs, deliveredBps, provenBps, sentBps, isSaturated, nowMs }: RateObservation): void {
    if (!this.#isFull) {
      this.#ceilingBps = Infinity;
      this.#entryBps = this.#bps;
    }
    this.#isFull = true;
    this.#hasBeenFull = true;
    this.#fullAtMs = nowMs;
    if (isSaturated) this.#takeCeiling(deliveredBps);
    else if (this.#ceilingBps !== Infinity) return;
    else if (sentBps < TESTED_PART * this.#bps) return;
    else this.#ceilingBps = Math.min(provenBps, this.#entryBps);
    const drain = Math.min(MAX_DRAIN, (queueMs - DRAINED_QUEUE_MS) / DRAIN_MS);
    this.#bps = Math.min(this.#bps, this.#ceilingBps * (YIELD - drain));
  }

  #settle({ nowMs }: RateObservation): void {
    this.#isFull = false;
    this.#fullAtMs = nowMs;
    if (this.#ceilingBps === Infinity) return;
    this.#bps = Math.min(this.#entryBps, SETTLE * this.#ceilingBps);
  }

  #takeCeiling(measuredBps: number): void {
    if (this.#ceilingBps === Infinity) this.#ceilingBps = measuredBps;
    const gain = measuredBps < COLLAPSED * this.#ceilingBps ? COLLAPSED_GAIN : CEILING_GAIN;
    this.#ceilingBps += gain * (measuredBps - this.#ceilingBps);
  }

  #grow({ nowMs, sentBps, provenBps, occupancy }: RateObservation): void {
    if (sentBps < TESTED_PART * this.#bps) return;
    const stepMs = Math.min(MAX_GROWTH_STEP_MS, nowMs - (this.#grownAtMs ?? nowMs));
    const isSpare = occupancy !== undefined && occupancy < SPARE_OCCUPANCY;
    if (isSpare || this.#bps > CEILING_PASSED * this.#ceilingBps) this.#ceilingBps = Infinity;
    const careful = CAREFUL_GROWTH * 2 ** ((nowMs - this.#fullAtMs) / GROWTH_DOUBLING_MS);
    const free = this.#hasBeenFull ? FREE_GROWTH : START_GROWTH;
    const growth = this.#ceilingBps === Infinity ? free : Math.min(free, careful);
    const grownBps = this.#bps * Math.exp(growth * stepMs / 1_000);
    const proven = this.#hasBeenFull ? PROVEN_HEADROOM : UNTESTED_HEADROOM;
    const limitBps = Math.min(proven * provenBps, UNTESTED_HEADROOM * sentBps);
    this.#bps = Math.max(this.#bps, Math.min(grownBps, limitBps));
  }
}
