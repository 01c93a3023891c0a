/** Queue from which the path is taken to be full, milliseconds. */
export const FULL_QUEUE_MS = 30;
/** Queue below which it is taken to be drained again, milliseconds. */
export const DRAINED_QUEUE_MS = 15;
/** Part of what a full path delivers that is sent while its queue drains. */
const YIELD = 0.95;
/** Time in which a queue is to drain, milliseconds. */
const DRAIN_MS = 400;
/** Most that is held back for draining, as part of what is delivered. */
const MAX_DRAIN = 0.6;
/** Part of the path's rate to go on with once its queue has drained. */
const SETTLE = 0.92;
/** Growth while nothing is known to limit the path, per second (natural logarithm). */
const FREE_GROWTH = 0.8;
/** Growth just after the path was full, per second; doubles with each `GROWTH_DOUBLING_MS`. */
const CAREFUL_GROWTH = 0.03;
const GROWTH_DOUBLING_MS = 1_500;
/** Target above the rate at which the path was full, from which that is out of date. */
const CEILING_PASSED = 1.1;
/** Longest time for which one report lets the target grow, milliseconds. */
const MAX_GROWTH_STEP_MS = 200;
/** Part of the target that must be sent for the path to be tested by it. */
const TESTED_PART = 0.75;
/** How far above what is sent an untested target may be. */
const UNTESTED_HEADROOM = 2;

/** What is seen of a path at a report. */
export interface RateObservation {
  readonly nowMs: number;
  readonly queueMs: number;
  readonly deliveredBps: number;
  readonly sentBps: number;
}

/** The bitrate that a path is taken to carry: falls to what arrives when a queue stands, and grows. */
export class TargetRate {
  readonly #minBps: number;
  readonly #maxBps: number;
  #bps: number;
  #ceilingBps = Infinity;
  #isFull = false;
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

  #fall({ queueMs, deliveredBps, nowMs }: RateObservation): void {
    this.#isFull = true;
    this.#fullAtMs = nowMs;
    if (deliveredBps === 0) return;
    const drain = Math.min(MAX_DRAIN, (queueMs - DRAINED_QUEUE_MS) / DRAIN_MS);
    this.#ceilingBps = deliveredBps;
    this.#bps = Math.min(this.#bps, deliveredBps * (YIELD - drain));
  }

  #settle({ nowMs }: RateObservation): void {
    this.#isFull = false;
    this.#fullAtMs = nowMs;
    this.#bps = Math.max(this.#bps, SETTLE * this.#ceilingBps);
  }

  #grow({ nowMs, sentBps }: RateObservation): void {
    if (sentBps < TESTED_PART * this.#bps) return;
    const stepMs = Math.min(MAX_GROWTH_STEP_MS, nowMs - (this.#grownAtMs ?? nowMs));
    if (this.#bps > CEILING_PASSED * this.#ceilingBps) this.#ceilingBps = Infinity;
    const careful = CAREFUL_GROWTH * 2 ** ((nowMs - this.#fullAtMs) / GROWTH_DOUBLING_MS);
    const growth = this.#ceilingBps === Infinity ? FREE_GROWTH : Math.min(FREE_GROWTH, careful);
    const grownBps = this.#bps * Math.exp(growth * stepMs / 1_000);
    this.#bps = Math.max(this.#bps, Math.min(grownBps, UNTESTED_HEADROOM * sentBps));
  }
}
