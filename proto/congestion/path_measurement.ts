import type { DatagramArrivals } from "../media_stream/arrival_report.ts";
import { DeliveredRate, MEASURE_MS } from "./delivered_rate.ts";
import { LossRatio } from "./loss_ratio.ts";
import type { PathReport } from "./path_report.ts";
import { withoutLag } from "./processor_lag.ts";
import { QueueingDelay } from "./queueing_delay.ts";
import type { RateObservation } from "./rate_observation.ts";
import { ReportedRate } from "./reported_rate.ts";
import { RoundTrip, UNKNOWN_RTT_MS } from "./round_trip.ts";
import { SentRate } from "./sent_rate.ts";

/** Over what time a train of a path is measured while its queue is long: its rate may just have changed. */
const QUICK_MEASURE_MS = 250;
/** Queue that is long, milliseconds. */
const LONG_QUEUE_MS = 60;
/** Over what time the sent bitrate is measured, milliseconds. */
const SENT_WINDOW_MS = 300;
/** Over what time the path's occupancy is looked at, milliseconds. */
const OCCUPANCY_WINDOW_MS = 500;
/** Datagrams over which the loss ratio forgets, and those that show an overflow. */
const LOSS_MEMORY = 250;
const RECENT_LOSS_MEMORY = 50;

/** What a report shows, without what is still under way. */
export type MeasuredPath = Omit<RateObservation, "isBacklogged">;

/** Measures a path by what was sent and what reports tell: queue, rates, loss and round trip. */
export class PathMeasurement {
  readonly queueing = new QueueingDelay();
  readonly roundTrip = new RoundTrip();
  readonly loss = new LossRatio(LOSS_MEMORY);
  readonly reported = new ReportedRate();
  readonly #recentLoss = new LossRatio(RECENT_LOSS_MEMORY);
  readonly #delivered = new DeliveredRate();
  readonly #sent = new SentRate();
  readonly #sentDatagrams = new SentRate();
  #sentBps = 0;
  #datagramBps = 0;
  #capacityBps = 0;

  /** What arrived lately, bits per second by the receiver's clock. */
  get deliveredBps(): number {
    return this.#delivered.bps;
  }

  /** What arrived while the path had no pause, if that is known, else what arrived; bits per second. */
  get capacityBps(): number {
    return this.#capacityBps;
  }

  /** What was sent before the last report, streams and datagrams, bits per second. */
  get sentBps(): number {
    return this.#sentBps;
  }

  /** What of it was datagrams, bits per second. */
  get datagramBps(): number {
    return this.#datagramBps;
  }

  /** `bytes` were written to a stream. */
  onSent(bytes: number, nowMs: number): void {
    this.reported.sent(bytes);
    this.#sent.add(bytes, nowMs);
  }

  /** A numbered datagram of `bytes` was sent. */
  onDatagramSent(bytes: number, nowMs: number): void {
    this.#sentDatagrams.add(bytes, nowMs);
  }

  /** Reports come again after a silence. What got lost in it is no measure of the path. */
  resume(nowMs: number, datagrams: DatagramArrivals | undefined): void {
    this.#delivered.timed(nowMs);
    this.queueing.resume(nowMs);
    if (!datagrams) return;
    this.loss.skipTo(datagrams.expected, datagrams.received);
    this.#recentLoss.skipTo(datagrams.expected, datagrams.received);
  }

  /** Takes a report, and measures what it shows of a path that is taken to carry `targetBps`. */
  take({ samples, datagrams, nowMs, rttMs, lagMs = 0 }: PathReport, targetBps: number) {
    this.queueing.takeSamples(samples, nowMs);
    if (samples.length > 0) this.#delivered.timed(nowMs);
    if (datagrams) {
      this.queueing.takeDatagrams(datagrams, nowMs);
      this.loss.take(datagrams.expected, datagrams.received);
      this.#recentLoss.take(datagrams.expected, datagrams.received);
    }
    if (rttMs !== undefined) this.roundTrip.take(rttMs, nowMs);
    this.#measureRates(nowMs);
    return this.#observe(nowMs, lagMs, targetBps);
  }

  #measureRates(nowMs: number): void {
    this.#datagramBps = this.#sentDatagrams.bitrateBps(MEASURE_MS, nowMs);
    this.#sentBps = this.#sent.bitrateBps(SENT_WINDOW_MS, nowMs) + this.#datagramBps;
    this.#delivered.measure({
      arrivals: this.queueing.arrivals,
      reported: this.reported,
      datagramBps: this.#deliveredDatagramBps,
      nowMs,
    });
  }

  #observe(nowMs: number, lagMs: number, targetBps: number): MeasuredPath {
    const { arrivals, baseTransitMs } = this.queueing;
    const rttMs = this.roundTrip.baseMs ?? UNKNOWN_RTT_MS;
    const queueMs = withoutLag(this.queueing.standingMs(nowMs, rttMs), lagMs);
    const windowMs = queueMs > LONG_QUEUE_MS ? QUICK_MEASURE_MS : MEASURE_MS;
    // What waited for the processor, not for the network, makes trains as well.
    const trainBps = lagMs > 0 ? undefined : arrivals.trainBps(baseTransitMs, windowMs);
    this.#capacityBps = trainBps === undefined
      ? this.#delivered.bps
      : trainBps + this.#deliveredDatagramBps;
    return {
      nowMs,
      queueMs,
      networkQueueMs: withoutLag(this.queueing.networkMs(nowMs, rttMs), lagMs),
      deliveredBps: this.#capacityBps,
      isSaturated: trainBps !== undefined,
      occupancy: arrivals.occupancy(baseTransitMs, targetBps, OCCUPANCY_WINDOW_MS),
      lossRatio: this.#recentLoss.value,
      provenBps: this.#delivered.provenBps,
      sentBps: this.#sentBps,
      datagramBps: this.#deliveredDatagramBps,
    };
  }

  get #deliveredDatagramBps(): number {
    return this.#datagramBps * (1 - this.loss.value);
  }
}
