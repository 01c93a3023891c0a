import {
  CALM_REPORT_INTERVAL_MS,
  type DatagramArrivals,
  REPORT_INTERVAL_MS,
} from "../media_stream/arrival_report.ts";
import { type Probe, ProbeSchedule, type SendingRates } from "./probe_schedule.ts";
import { LossRatio } from "./loss_ratio.ts";
import { QueueingDelay } from "./queueing_delay.ts";
import type { ArrivalSample } from "./sent_log.ts";
import { RoundTrip } from "./round_trip.ts";
import { SentRate } from "./sent_rate.ts";
import { isTested, type RateObservation } from "./rate_observation.ts";
import { TargetRate } from "./target_rate.ts";
import { WindowedMinimum } from "./windowed_minimum.ts";

/**
 * How a path fares. `starting`: nothing was reported yet. `clear`: what is sent arrives without
 * waiting. `queueing`: more is sent than the path carries, or reports are overdue; leave out what can
 * be left out. `blocked`: nothing gets through, or so much is under way that nothing but audio should
 * be written until it has arrived.
 */
export type PathState = "starting" | "clear" | "queueing" | "blocked";

/** Bounds of a path's target bitrate, bits per second. */
export interface PathEstimatorOptions {
  /** Before anything is known; 1 Mbit/s, so that a call can start with a key frame. */
  readonly startBitrateBps?: number;
  /** Never less than this; 64 kbit/s, one voice and a little. */
  readonly minBitrateBps?: number;
  /** Never more than this; 20 Mbit/s. */
  readonly maxBitrateBps?: number;
}

/** What a report told of a path; pass it once for each report, all its streams together. */
export interface PathReport {
  /** Of all streams of the path, in any order. */
  readonly samples: readonly ArrivalSample[];
  /** The report's own counts; undefined when the path carries no numbered datagrams. */
  readonly datagrams?: DatagramArrivals | undefined;
  /** When the report came in, milliseconds of the sender's clock. */
  readonly nowMs: number;
  /** From a write to this report, if one was measured (`StreamSamples.rttMs`). */
  readonly rttMs?: number | undefined;
  /** When the next is promised; every 100 ms by default. */
  readonly nextWithinMs?: number;
  /** How late this program gets the processor (`ProcessorLag`), milliseconds; 0 by default. */
  readonly lagMs?: number;
}

/** What lies between the sender and the receiver, over all streams of the path. */
export interface PathLoad {
  /** Age of the oldest byte that was written and not reported, milliseconds; 0 without any. */
  readonly oldestAgeMs: number;
  /** Bytes written and not reported. */
  readonly bytesInFlight: number;
  /** How late this program gets the processor (`ProcessorLag`), milliseconds; 0 by default. */
  readonly lagMs?: number;
}

/** Over what time the delivered bitrate is measured, milliseconds. */
const MEASURE_MS = 400;
/** The same for a path without pause while its queue is long: its rate may just have changed. */
const QUICK_MEASURE_MS = 250;
/** Queue that is long, milliseconds. */
const LONG_QUEUE_MS = 60;
/** How long the highest delivered bitrate counts, milliseconds. */
const PROVEN_WINDOW_MS = 600;
/** Over what time the sent bitrate is measured, milliseconds. */
const SENT_WINDOW_MS = 300;
/** Over what time the path's occupancy is looked at, milliseconds. */
const OCCUPANCY_WINDOW_MS = 500;
/** Datagrams over which the loss ratio forgets, and those that show an overflow. */
const LOSS_MEMORY = 250;
const RECENT_LOSS_MEMORY = 50;
/** Loss from which streams may stall, and for how many round trips (RFC 9002, 6.1). */
const STALLING_LOSS = 0.003;
const STALL_ROUND_TRIPS = 1.5;
/** Round trip assumed before one is known, milliseconds. */
const UNKNOWN_RTT_MS = 300;
/** How much later than its interval a report may be, with what triggers it, milliseconds. */
const REPORT_SLACK_MS = 50;
/** What a report that is overdue counts as in queue, milliseconds. */
const OVERDUE_QUEUE_MS = 60;
/** Time overdue from which nothing gets through, milliseconds. */
const SILENT_MS = 200;
/** Time without a report after which one means that the path carries again, milliseconds. */
const RESUMED_AFTER_MS = 250;
/** Backlog on a full path at which writing must stop, and at which it may go on, milliseconds. */
const BLOCKED_BACKLOG_MS = 200;
const UNBLOCKED_BACKLOG_MS = 80;
/** Backlog at which what is overdue is no late report: writing must stop, milliseconds. */
const OVERDUE_BACKLOG_MS = 150;
/** What may wait before the first round trip is known, at the rate of what is reported, milliseconds. */
const STARTING_BACKLOG_MS = 400;
/** Over what time that rate is measured, milliseconds. */
const STARTING_MEASURE_MS = 150;
/** Over what time the rate of what is reported is measured where nothing tells when it arrived. */
const REPORTED_MEASURE_MS = 750;
/** Time without word of when anything arrived after which there is a lack of it, milliseconds. */
const UNTIMED_AFTER_MS = 1_500;

/**
 * Estimates from arrival reports what a path carries. Pure: no timers; times are milliseconds of
 * one monotonic clock, the one that audio datagrams are stamped with.
 *
 * Call `onSent` and `onDatagramSent` for everything written, `onReport` for each report, `update`
 * every 10 to 50 ms, and `probe` when the media alone do not fill the target.
 */
export class PathEstimator {
  readonly #target: TargetRate;
  readonly #queueing = new QueueingDelay();
  readonly #sent = new SentRate();
  readonly #sentDatagrams = new SentRate();
  /** What is reported, by the sender's clock: coarse, but it does not wait for the end of a frame. */
  readonly #reported = new SentRate();
  readonly #loss = new LossRatio(LOSS_MEMORY);
  readonly #recentLoss = new LossRatio(RECENT_LOSS_MEMORY);
  readonly #probes = new ProbeSchedule();
  readonly #roundTrip = new RoundTrip();
  /** Negative: the highest delivered bitrate of late. */
  readonly #proven = new WindowedMinimum(PROVEN_WINDOW_MS, 6);
  #queueMs = 0;
  #sentBps = 0;
  #deliveredBps = 0;
  #capacityBps = 0;
  #overdueMs = 0;
  #backlogMs = 0;
  #datagramBps = 0;
  #reportedAtMs = -Infinity;
  #resumedAtMs = -Infinity;
  #hasReport = false;
  #sentBytes = 0;
  #reportedBytes = 0;
  #firstReportedAtMs: number | undefined;
  #isBlocked = false;
  #reportIntervalMs = REPORT_INTERVAL_MS;
  #lagMs = 0;
  /** When a report last told when something arrived. */
  #timedAtMs = -Infinity;

  constructor(options: PathEstimatorOptions = {}) {
    this.#target = new TargetRate(
      options.startBitrateBps ?? 1_000_000,
      options.minBitrateBps ?? 64_000,
      options.maxBitrateBps ?? 20_000_000,
    );
  }

  /** What to send at most, audio and video together, bits per second. */
  get targetBitrateBps(): number {
    return this.#target.bps;
  }

  /** How the path fares. */
  get state(): PathState {
    if (this.#isBlocked) return "blocked";
    if (!this.#hasReport) return "starting";
    return this.#target.isFull || this.#overdueMs > 0 ? "queueing" : "clear";
  }

  /**
   * How long what is written now would wait because of what was sent before, milliseconds; stalls by
   * loss are left out, and so is a queue that others keep filled.
   */
  get queueingDelayMs(): number {
    return Math.max(this.#target.ownQueueMs, this.#overdueMs);
  }

  /** Shortest time from a write to its report lately, milliseconds; undefined before the first. */
  get baseRttMs(): number | undefined {
    return this.#roundTrip.baseMs;
  }

  /** Smoothed time from a write to its report, milliseconds; undefined before the first. */
  get rttMs(): number | undefined {
    return this.#roundTrip.smoothedMs;
  }

  /** Part of the datagrams that got lost lately, 0 to 1. */
  get lossRatio(): number {
    return this.#loss.value;
  }

  /** Datagrams whose fate the loss ratio is made of; few say little. */
  get lossObservations(): number {
    return this.#loss.observations;
  }

  /** Smoothed difference of successive transits, milliseconds. */
  get jitterMs(): number {
    return this.#queueing.jitterMs;
  }

  /** What arrived lately, bits per second by the receiver's clock. */
  get deliveredBitrateBps(): number {
    return this.#deliveredBps;
  }

  /** Whether the sender itself sends less than the target, so that nothing is learnt of the path. */
  get limitedBy(): "application" | "path" {
    return isTested(this.#target.bps, this.#sentBps, this.#datagramBps) ? "path" : "application";
  }

  /** How often reports are to be expected while anything arrives, milliseconds. */
  get reportIntervalMs(): number {
    return this.#reportIntervalMs;
  }

  /** Whether a probe runs. Padding must stop as soon as this is false: the path may have had enough. */
  get probing(): boolean {
    return this.#probes.isSending;
  }

  /** Records that `bytes` were written to a stream: a frame, a header, or padding. */
  onSent(bytes: number, nowMs: number): void {
    this.#sentBytes += bytes;
    this.#sent.add(bytes, nowMs);
  }

  /** Records that a numbered datagram of `bytes` was sent. */
  onDatagramSent(bytes: number, nowMs: number): void {
    this.#sentDatagrams.add(bytes, nowMs);
  }

  /** Takes an arrival report. */
  onReport({ samples, datagrams, nowMs, rttMs, nextWithinMs, lagMs = 0 }: PathReport): void {
    this.#hasReport = true;
    this.#lagMs = lagMs;
    const promisedMs = nextWithinMs ?? REPORT_INTERVAL_MS;
    // Whoever promises next to nothing is watched all the same.
    this.#reportIntervalMs = Math.min(
      Math.max(promisedMs, REPORT_INTERVAL_MS),
      CALM_REPORT_INTERVAL_MS,
    );
    if (this.#isBlocked && nowMs - this.#reportedAtMs > RESUMED_AFTER_MS) {
      this.#resume(nowMs, datagrams);
    }
    this.#reportedAtMs = nowMs;
    this.#queueing.takeSamples(samples, nowMs);
    if (samples.length > 0) this.#timedAtMs = nowMs;
    if (datagrams) {
      this.#queueing.takeDatagrams(datagrams, nowMs);
      this.#loss.take(datagrams.expected, datagrams.received);
      this.#recentLoss.take(datagrams.expected, datagrams.received);
    }
    if (rttMs !== undefined) this.#roundTrip.take(rttMs, nowMs);
    this.#measure(nowMs);
    this.#target.observe(this.#observation(nowMs));
    this.#judgeProbe(nowMs);
  }

  #judgeProbe(nowMs: number): void {
    if (this.state !== "clear") return this.#probes.fail(nowMs);
    const provenBps = this.#probes.verdictBps(nowMs, this.rttMs ?? 0);
    if (provenBps !== undefined) this.#target.raiseTo(provenBps);
  }

  #measure(nowMs: number): void {
    const { arrivals } = this.#queueing;
    this.#datagramBps = this.#sentDatagrams.bitrateBps(MEASURE_MS, nowMs);
    this.#sentBps = this.#sent.bitrateBps(SENT_WINDOW_MS, nowMs) + this.#datagramBps;
    this.#queueMs = this.#withoutLag(
      this.#queueing.standingMs(nowMs, this.baseRttMs ?? UNKNOWN_RTT_MS),
    );
    // A receiver that gets the processor late tells no times, but counts all the same.
    const isTimed = nowMs - this.#timedAtMs < UNTIMED_AFTER_MS;
    const streamBps = isTimed
      ? arrivals.bitrateBps(MEASURE_MS)
      : this.#reported.bitrateBps(REPORTED_MEASURE_MS, nowMs);
    this.#deliveredBps = streamBps + this.#deliveredDatagramBps;
    if (streamBps > 0 || !isTimed) this.#proven.add(-this.#deliveredBps, nowMs);
  }

  /** What is left of a transit that waited for this program, when sent and when reported. */
  #withoutLag(ms: number): number {
    return Math.max(0, ms - 2 * this.#lagMs);
  }

  #observation(nowMs: number): RateObservation {
    const { arrivals, baseTransitMs } = this.#queueing;
    const networkQueueMs = this.#withoutLag(
      this.#queueing.networkMs(nowMs, this.baseRttMs ?? UNKNOWN_RTT_MS),
    );
    const windowMs = this.#queueMs > LONG_QUEUE_MS ? QUICK_MEASURE_MS : MEASURE_MS;
    // What waited for the processor, not for the network, makes trains as well.
    const trainBps = this.#lagMs > 0 ? undefined : arrivals.trainBps(baseTransitMs, windowMs);
    this.#capacityBps = trainBps === undefined
      ? this.#deliveredBps
      : trainBps + this.#deliveredDatagramBps;
    return {
      nowMs,
      queueMs: this.#queueMs,
      networkQueueMs,
      isBacklogged: this.#backlogMs - networkQueueMs > UNBLOCKED_BACKLOG_MS,
      deliveredBps: this.#capacityBps,
      isSaturated: trainBps !== undefined,
      occupancy: arrivals.occupancy(baseTransitMs, this.#target.bps, OCCUPANCY_WINDOW_MS),
      lossRatio: this.#recentLoss.value,
      provenBps: this.#proven.value === Infinity ? undefined : -this.#proven.value,
      sentBps: this.#sentBps,
      datagramBps: this.#deliveredDatagramBps,
    };
  }

  get #deliveredDatagramBps(): number {
    return this.#datagramBps * (1 - this.#loss.value);
  }

  /** Lets time pass: notices that nothing is reported any more, or that too much is under way. */
  update(nowMs: number, { oldestAgeMs, bytesInFlight, lagMs = 0 }: PathLoad): void {
    this.#countReported(bytesInFlight, nowMs);
    // Both what is sent and what is reported of it may have waited for this program.
    const ageMs = Math.min(oldestAgeMs, nowMs - this.#resumedAtMs) - 2 * lagMs;
    const usualMs = this.#usualAgeMs();
    const risingMs = this.#queueing.risingMs;
    this.#overdueMs = this.#hasReport && ageMs > usualMs
      ? Math.max(ageMs - usualMs + OVERDUE_QUEUE_MS, risingMs)
      : 0;
    const isSilent = ageMs > usualMs + SILENT_MS;
    const limitMs = this.#isBlocked ? UNBLOCKED_BACKLOG_MS : BLOCKED_BACKLOG_MS;
    this.#backlogMs = this.#toArriveMs(bytesInFlight) - (this.baseRttMs ?? 0) -
      this.#reportIntervalMs / 2;
    const ownBacklogMs = this.#backlogMs - this.#target.foreignQueueMs;
    const isFlooded = (this.#target.isFull && ownBacklogMs > limitMs) ||
      (this.#overdueMs > 0 && ownBacklogMs > OVERDUE_BACKLOG_MS) ||
      this.#isFloodedAtStart(bytesInFlight, nowMs);
    if (this.#overdueMs > 0) this.#probes.fail(nowMs);
    this.#isBlocked = isSilent || isFlooded ||
      (this.#overdueMs > 0 && risingMs > OVERDUE_QUEUE_MS + this.#target.foreignQueueMs);
  }

  #countReported(bytesInFlight: number, nowMs: number): void {
    const reportedBytes = this.#sentBytes - bytesInFlight;
    if (reportedBytes <= this.#reportedBytes) return;
    this.#reported.add(reportedBytes - this.#reportedBytes, nowMs);
    this.#reportedBytes = reportedBytes;
    this.#firstReportedAtMs ??= nowMs;
  }

  /** A first frame that is long on a thin path tells nothing before its end, but its bytes do. */
  #isFloodedAtStart(bytesInFlight: number, nowMs: number): boolean {
    if (this.baseRttMs !== undefined) return false;
    if (nowMs - (this.#firstReportedAtMs ?? nowMs) < STARTING_MEASURE_MS) return false;
    const reportedBps = this.#reported.bitrateBps(STARTING_MEASURE_MS, nowMs);
    return bytesInFlight * 8_000 > STARTING_BACKLOG_MS * reportedBps;
  }

  /** Age that the oldest unreported byte reaches on a path that fares well. */
  #usualAgeMs(): number {
    const rttMs = this.baseRttMs ?? UNKNOWN_RTT_MS;
    const stallMs = this.#loss.value > STALLING_LOSS ? STALL_ROUND_TRIPS * rttMs : 0;
    const waitMs = this.#target.foreignQueueMs + stallMs + 2 * this.jitterMs;
    return rttMs + this.#reportIntervalMs + REPORT_SLACK_MS + waitMs;
  }

  /** How long it takes until as many bytes have arrived, milliseconds. */
  #toArriveMs(bytes: number): number {
    return this.#capacityBps === 0 ? 0 : bytes * 8_000 / this.#capacityBps;
  }

  /**
   * The probe to start now, if it is time for one; ask every 10 to 50 ms. Media and padding together
   * should make its bitrate for its duration, as long as `probing` is true; then call `probeEnded`.
   */
  probe(nowMs: number, rates: SendingRates): Probe | undefined {
    if (this.state !== "clear") return undefined;
    return this.#probes.start(nowMs, this.#target.bps, { soundBps: this.#datagramBps, ...rates });
  }

  /** Tells that the padding of a probe has all been written. */
  probeEnded(nowMs: number): void {
    this.#probes.end(nowMs);
  }

  /** Reports come again after a silence. What got lost in it is no measure of the path. */
  #resume(nowMs: number, datagrams: DatagramArrivals | undefined): void {
    this.#resumedAtMs = nowMs;
    this.#timedAtMs = nowMs;
    this.#queueing.resume(nowMs);
    if (!datagrams) return;
    this.#loss.skipTo(datagrams.expected, datagrams.received);
    this.#recentLoss.skipTo(datagrams.expected, datagrams.received);
  }
}
