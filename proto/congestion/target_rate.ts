import { ForeignQueue } from "./foreign_queue.ts";
import { isTested, type RateObservation } from "./rate_observation.ts";
import { SpareCapacity } from "./spare_capacity.ts";

/** Queue from which the path is taken to be full, milliseconds. */
const FULL_QUEUE_MS = 24;
/** Queue below which it is taken to be drained again, milliseconds. */
const DRAINED_QUEUE_MS = 11;
/**
 * Queue from which the path is nearly full, milliseconds: more would be waited for by everything,
 * until it is full and yields.
 */
const NEARLY_FULL_QUEUE_MS = 15;
/** Part of what a full path delivers that is sent while its queue drains. */
const YIELD = 0.9;
/** Time in which a queue is to drain, milliseconds. */
const DRAIN_MS = 400;
/** Most that is held back for draining, as part of what is delivered. */
const MAX_DRAIN = 0.5;
/** Part of the path's rate to go on with once its queue has drained. */
const SETTLE = 0.85;
/** Growth until the path was full for the first time, per second (natural logarithm). */
const START_GROWTH = 1.6;
/** Growth while nothing is known to limit the path, per second. */
const FREE_GROWTH = 1;
/** Growth just after the path was full, per second; doubles with each `GROWTH_DOUBLING_MS`. */
const CAREFUL_GROWTH = 0.012;
const GROWTH_DOUBLING_MS = 2_000;
/** The same as `CAREFUL_GROWTH` while others fill the path: they take what is left to them. */
const SHARED_GROWTH = 0.3;
/** Part of what was sent when the path filled that is kept if it is others who fill it. */
const SHARED_SETTLE = 0.95;
/** How far a queue that others keep may rise, as part of it, before one's own sending is blamed. */
const SHARED_TOLERANCE = 0.5;
/** Target above the rate at which the path was full, from which that is out of date. */
const CEILING_PASSED = 1.1;
/** Longest time for which one report lets the target grow, milliseconds. */
const MAX_GROWTH_STEP_MS = 200;
/** How far above what has arrived lately a target may grow. */
const PROVEN_HEADROOM = 1.12;
/** Weight of a new measurement of what a full path delivers. */
const CEILING_GAIN = 0.3;
/** The same when it is below `COLLAPSED` of what was thought. */
const COLLAPSED_GAIN = 0.6;
const COLLAPSED = 0.6;
/** What is left of the target, and how often, while a queue stays and no train shows the rate. */
const BLIND_FALL = 0.85;
const BLIND_FALL_MS = 300;
/** Loss above which the path is taken to overflow; radio links lose less at random. */
const CONGESTIVE_LOSS = 0.12;
/** Least time between two reductions for loss, milliseconds. */
const LOSS_PAUSE_MS = 500;
/** How long nothing must have queued for what arrived to be what the path carries, milliseconds. */
const CARRIED_AFTER_MS = 1_500;
/** How far above what is sent an untested target may be. */
const UNTESTED_HEADROOM = 2;

/** The bitrate that a path is taken to carry: falls to what arrives when a queue stands, and grows. */
export class TargetRate {
  readonly #minBps: number;
  readonly #maxBps: number;
  readonly #foreign = new ForeignQueue();
  readonly #spare = new SpareCapacity();
  #bps: number;
  #ceilingBps = Infinity;
  #entryBps = 0;
  #provenBps: number | undefined;
  #ownQueueMs = 0;
  #isFull = false;
  #isBacklogged = false;
  #hasBeenFull = false;
  #fullAtMs = -Infinity;
  #fellAtMs = -Infinity;
  #lossAtMs = -Infinity;
  #grownAtMs: number | undefined;

  constructor(startBps: number, minBps: number, maxBps: number) {
    this.#minBps = minBps;
    this.#maxBps = maxBps;
    this.#bps = startBps;
  }

  /** The target, bits per second. */
  get bps(): number {
    return this.#bps;
  }

  /** Whether a queue stands, and has not drained yet. */
  get isFull(): boolean {
    return this.#isFull;
  }

  /** The queue as far as less sending would drain it, milliseconds. */
  get ownQueueMs(): number {
    return this.#ownQueueMs;
  }

  /** What others keep waiting, milliseconds. */
  get foreignQueueMs(): number {
    return this.#foreign.ms;
  }

  /** Takes what a report shows. */
  observe(seen: RateObservation): void {
    this.#isBacklogged = seen.isBacklogged;
    const isHoldingBack = this.#isFull && !seen.isBacklogged;
    this.#foreign.observe(seen.networkQueueMs, isHoldingBack, seen.nowMs);
    const ownQueueMs = seen.queueMs - this.#foreign.ms;
    this.#ownQueueMs = Math.max(0, ownQueueMs - SHARED_TOLERANCE * this.#foreign.ms);
    if (seen.lossRatio > CONGESTIVE_LOSS) this.#yieldToLoss(seen);
    this.#react({ ...seen, queueMs: ownQueueMs });
    this.#grownAtMs = seen.nowMs;
    const carriedBps = this.#carriedBps(seen);
    this.#bps = Math.min(this.#maxBps, Math.max(this.#minBps, carriedBps, this.#bps));
  }

  /**
   * What is known to get through. Sound that arrives does, however full the path is; all that does
   * once nothing has queued for a while.
   */
  #carriedBps({ nowMs, datagramBps, provenBps, lossRatio }: RateObservation): number {
    if (lossRatio > CONGESTIVE_LOSS) return 0;
    const isCalm = !this.#isFull && nowMs - this.#fullAtMs >= CARRIED_AFTER_MS;
    return isCalm ? Math.max(datagramBps, provenBps ?? 0) : datagramBps;
  }

  /** The path has proven to carry `bps`. */
  raiseTo(bps: number): void {
    this.#bps = Math.min(this.#maxBps, Math.max(this.#bps, bps));
    if (this.#bps > this.#ceilingBps) this.#ceilingBps = Infinity;
  }

  /** So much gets lost that a queue must overflow without growing long (GCC's rule for losses). */
  #yieldToLoss({ lossRatio, nowMs, provenBps }: RateObservation): void {
    if (nowMs - this.#lossAtMs < LOSS_PAUSE_MS) return;
    this.#lossAtMs = nowMs;
    this.#fullAtMs = nowMs;
    this.#bps = Math.min(this.#bps, Math.max(provenBps ?? 0, this.#bps / 2)) * (1 - lossRatio / 2);
    this.#ceilingBps = Math.min(this.#ceilingBps, this.#bps);
  }

  #react(seen: RateObservation): void {
    const toleratedMs = SHARED_TOLERANCE * this.#foreign.ms;
    if (seen.queueMs > FULL_QUEUE_MS + toleratedMs) this.#fall(seen);
    else if (!this.#isFull) this.#grow(seen);
    else if (seen.isBacklogged) return;
    else if (seen.queueMs < DRAINED_QUEUE_MS + toleratedMs / 2) this.#settle(seen);
  }

  #fall(seen: RateObservation): void {
    const { queueMs, deliveredBps, provenBps, isSaturated, nowMs } = seen;
    if (!this.#isFull) {
      this.#spare.pathFilled(nowMs);
      this.#ceilingBps = Infinity;
      this.#entryBps = this.#bps;
      this.#provenBps = provenBps;
    }
    this.#isFull = true;
    this.#hasBeenFull = true;
    this.#fullAtMs = nowMs;
    if (isSaturated) this.#takeCeiling(deliveredBps);
    else if (this.#ceilingBps !== Infinity) return this.#fallBlindly(seen);
    else if (provenBps === undefined) return;
    // A little sending fills no path, unless much of it still waits here.
    else if (!this.#isTested(seen) && !this.#isBacklogged) return;
    else this.#ceilingBps = Math.min(provenBps, this.#entryBps);
    this.#fellAtMs = nowMs;
    const drain = Math.min(MAX_DRAIN, (queueMs - DRAINED_QUEUE_MS) / DRAIN_MS);
    this.#bps = Math.max(this.#keptBps, Math.min(this.#bps, this.#ceilingBps * (YIELD - drain)));
  }

  /**
   * The queue stays, but nothing comes in a train that would show the path's rate. One that merely
   * drains, while little is sent, is no reason.
   */
  #fallBlindly(seen: RateObservation): void {
    const { nowMs } = seen;
    if (!this.#isTested(seen)) return;
    if (nowMs - this.#fellAtMs < BLIND_FALL_MS) return;
    this.#fellAtMs = nowMs;
    this.#ceilingBps *= BLIND_FALL;
    this.#bps = Math.max(this.#keptBps, Math.min(this.#bps, this.#ceilingBps * YIELD));
  }

  #settle({ nowMs }: RateObservation): void {
    this.#isFull = false;
    this.#fullAtMs = nowMs;
    if (this.#ceilingBps === Infinity) return;
    this.#bps = Math.max(this.#keptBps, Math.min(this.#entryBps, SETTLE * this.#ceilingBps));
  }

  /** Whether so much is sent that it shows whether the path carries the target. */
  #isTested({ sentBps, datagramBps }: RateObservation): boolean {
    return isTested(this.#bps, sentBps, datagramBps);
  }

  /** What is not given up to others who fill the path. */
  get #keptBps(): number {
    if (this.#foreign.ms === 0 || this.#isBacklogged) return 0;
    return SHARED_SETTLE * Math.min(this.#entryBps, this.#provenBps ?? 0);
  }

  #takeCeiling(measuredBps: number): void {
    if (this.#ceilingBps === Infinity) this.#ceilingBps = measuredBps;
    const gain = measuredBps < COLLAPSED * this.#ceilingBps ? COLLAPSED_GAIN : CEILING_GAIN;
    this.#ceilingBps += gain * (measuredBps - this.#ceilingBps);
  }

  #grow(seen: RateObservation): void {
    const { nowMs, queueMs, sentBps, provenBps, occupancy } = seen;
    if (!this.#isTested(seen)) return;
    if (this.#hasBeenFull && this.#foreign.ms === 0 && queueMs > NEARLY_FULL_QUEUE_MS) return;
    const stepMs = Math.min(MAX_GROWTH_STEP_MS, nowMs - (this.#grownAtMs ?? nowMs));
    const isSpare = this.#spare.isThere(occupancy, nowMs);
    // What was sent says nothing before some of it is known to have arrived.
    if (provenBps === undefined && !isSpare) return;
    if (isSpare && this.#hasBeenFull) this.#spare.used(nowMs);
    if (isSpare || this.#bps > CEILING_PASSED * this.#ceilingBps) this.#ceilingBps = Infinity;
    const slowest = this.#foreign.ms > 0 ? SHARED_GROWTH : CAREFUL_GROWTH;
    const careful = slowest * 2 ** ((nowMs - this.#fullAtMs) / GROWTH_DOUBLING_MS);
    const free = this.#hasBeenFull ? FREE_GROWTH : START_GROWTH;
    const growth = this.#ceilingBps === Infinity ? free : Math.min(free, careful);
    const grownBps = this.#bps * Math.exp(growth * stepMs / 1_000);
    const isFree = isSpare || !this.#hasBeenFull;
    const proven = isFree ? UNTESTED_HEADROOM : PROVEN_HEADROOM;
    const limitBps = Math.min(proven * (provenBps ?? Infinity), UNTESTED_HEADROOM * sentBps);
    this.#bps = Math.max(this.#bps, Math.min(grownBps, limitBps));
  }
}
