import { REPORT_INTERVAL_MS } from "../media_stream/arrival_report.ts";
import { PathBlockage } from "./path_blockage.ts";
import { PathMeasurement } from "./path_measurement.ts";
import type { PathLoad, PathReport } from "./path_report.ts";
import { type Probe, ProbeSchedule, type SendingRates } from "./probe_schedule.ts";
import { isTested } from "./rate_observation.ts";
import { expectedReportIntervalMs, usualAgeMs } from "./report_deadline.ts";
import { TargetRate } from "./target_rate.ts";

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

/**
 * Estimates from arrival reports what a path carries. Pure: no timers; times are milliseconds of
 * one monotonic clock, the one that audio datagrams are stamped with.
 *
 * Call `onSent` and `onDatagramSent` for everything written, `onReport` for each report, `update`
 * every 10 to 50 ms, and `probe` when the media alone do not fill the target.
 */
export class PathEstimator {
  readonly #target: TargetRate;
  readonly #measurement = new PathMeasurement();
  readonly #blockage = new PathBlockage();
  readonly #probes = new ProbeSchedule();
  #reportIntervalMs = REPORT_INTERVAL_MS;

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
    if (this.#blockage.isBlocked) return "blocked";
    if (!this.#blockage.hasReport) return "starting";
    return this.#target.isFull || this.#blockage.overdueMs > 0 ? "queueing" : "clear";
  }

  /**
   * How long what is written now would wait because of what was sent before, milliseconds; stalls by
   * loss are left out, and so is a queue that others keep filled.
   */
  get queueingDelayMs(): number {
    return Math.max(this.#target.ownQueueMs, this.#blockage.overdueMs);
  }

  /** Shortest time from a write to its report lately, milliseconds; undefined before the first. */
  get baseRttMs(): number | undefined {
    return this.#measurement.roundTrip.baseMs;
  }

  /**
   * What a round trip takes now: the shortest lately and what waits, milliseconds; undefined before the
   * first. The wait of a report for its time is left out: it is no property of the path.
   */
  get roundTripMs(): number | undefined {
    const { baseRttMs } = this;
    return baseRttMs === undefined ? undefined : baseRttMs + this.queueingDelayMs;
  }

  /** Smoothed time from a write to its report, milliseconds; undefined before the first. */
  get rttMs(): number | undefined {
    return this.#measurement.roundTrip.smoothedMs;
  }

  /** Part of the datagrams that got lost lately, 0 to 1. */
  get lossRatio(): number {
    return this.#measurement.loss.value;
  }

  /** Datagrams whose fate the loss ratio is made of; few say little. */
  get lossObservations(): number {
    return this.#measurement.loss.observations;
  }

  /** Smoothed difference of successive transits, milliseconds. */
  get jitterMs(): number {
    return this.#measurement.queueing.jitterMs;
  }

  /** What arrived lately, bits per second by the receiver's clock. */
  get deliveredBitrateBps(): number {
    return this.#measurement.deliveredBps;
  }

  /** Whether the sender itself sends less than the target, so that nothing is learnt of the path. */
  get limitedBy(): "application" | "path" {
    const { sentBps, datagramBps } = this.#measurement;
    return isTested(this.#target.bps, sentBps, datagramBps) ? "path" : "application";
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
    this.#measurement.onSent(bytes, nowMs);
  }

  /** Records that a numbered datagram of `bytes` was sent. */
  onDatagramSent(bytes: number, nowMs: number): void {
    this.#measurement.onDatagramSent(bytes, nowMs);
  }

  /** Takes an arrival report. */
  onReport(report: PathReport): void {
    const { nowMs, datagrams } = report;
    this.#reportIntervalMs = expectedReportIntervalMs(report.nextWithinMs);
    if (this.#blockage.takeReport(nowMs)) this.#measurement.resume(nowMs, datagrams);
    const measured = this.#measurement.take(report, this.#target.bps);
    const isBacklogged = this.#blockage.isBacklogged(measured.networkQueueMs);
    this.#target.observe({ ...measured, isBacklogged });
    this.#judgeProbe(nowMs);
  }

  #judgeProbe(nowMs: number): void {
    if (this.state !== "clear") return this.#probes.fail(nowMs);
    const provenBps = this.#probes.verdictBps(nowMs, this.rttMs ?? 0);
    if (provenBps !== undefined) this.#target.raiseTo(provenBps);
  }

  /** Lets time pass: notices that nothing is reported any more, or that too much is under way. */
  update(nowMs: number, load: PathLoad): void {
    const { bytesInFlight } = load;
    const { baseRttMs, jitterMs, lossRatio } = this;
    const { reported, queueing, capacityBps } = this.#measurement;
    const { foreignQueueMs, isFull } = this.#target;
    const reportIntervalMs = this.#reportIntervalMs;
    reported.count(bytesInFlight, nowMs);
    this.#blockage.judge(load, {
      baseRttMs,
      reportIntervalMs,
      usualAgeMs: usualAgeMs({ baseRttMs, reportIntervalMs, foreignQueueMs, jitterMs, lossRatio }),
      risingMs: queueing.risingMs,
      foreignQueueMs,
      capacityBps,
      isFull,
      isFloodedAtStart: baseRttMs === undefined && reported.isFloodedAtStart(bytesInFlight, nowMs),
    }, nowMs);
    if (this.#blockage.overdueMs > 0) this.#probes.fail(nowMs);
  }

  /**
   * The probe to start now, if it is time for one; ask every 10 to 50 ms. Media and padding together
   * should make its bitrate for its duration, as long as `probing` is true; then call `probeEnded`.
   */
  probe(nowMs: number, rates: SendingRates): Probe | undefined {
    if (this.state !== "clear") return undefined;
    const { datagramBps } = this.#measurement;
    return this.#probes.start(nowMs, this.#target.bps, { soundBps: datagramBps, ...rates });
  }

  /** Tells that the padding of a probe has all been written. */
  probeEnded(nowMs: number): void {
    this.#probes.end(nowMs);
  }
}
