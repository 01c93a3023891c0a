import type { DatagramArrivals } from "../media_stream/arrival_report.ts";
import { msBetween, tickDifference, toTicks } from "../media_stream/report_clock.ts";
import { ArrivalHistory } from "./arrival_history.ts";
import type { ArrivalSample } from "./sent_log.ts";
import { WindowedMinimum } from "./windowed_minimum.ts";

/** How long the shortest transit counts as that of an empty path, milliseconds. */
const BASE_WINDOW_MS = 20_000;
/**
 * Over what time a queue must stand in what streams show: longer than a stall by loss, which takes
 * more than a round trip. Milliseconds, and round trips to add.
 */
const STANDING_WINDOW_MS = 120;
const STANDING_ROUND_TRIPS = 1.6;
/** The same while datagrams, which loss does not stall, tell of the network: longer than two stalls. */
const BACKED_STANDING_WINDOW_MS = 300;
const BACKED_STANDING_ROUND_TRIPS = 4;
/** Over what time the highest of what datagrams waited is subtracted from what streams did. */
const SHARED_WINDOW_MS = 500;
/** What streams may wait longer than datagrams before the path is held responsible, milliseconds. */
const STREAM_ALLOWANCE_MS = 20;
/** Over what time datagrams must have waited, so that jitter is not taken for a queue. */
const STEADY_WINDOW_MS = 200;
/** What is a queue at once, milliseconds: more than usual jitter. */
const DEEP_QUEUE_MS = 60;
/** How long a report of datagrams tells of the path, milliseconds. */
const DATAGRAM_FRESH_MS = 300;
/** Weight of a new deviation in the jitter (RFC 3550, 6.4.1). */
const JITTER_GAIN = 1 / 16;

/**
 * How long what is sent waits in queues: the lowest transit of the last moments above the lowest of
 * the last seconds. The minimum leaves out stalls by loss, jitter and a receiver that was held up.
 */
export class QueueingDelay {
  /** Arrivals on streams, on the receiver's clock shifted so that `arrival - transit` is the sender's. */
  readonly arrivals = new ArrivalHistory();
  readonly #base = new WindowedMinimum(BASE_WINDOW_MS, 10);
  #referenceTicks: number | undefined;
  #datagramMs = Infinity;
  #latestDatagramMs = -Infinity;
  #datagramAtMs = -Infinity;
  readonly #lowestDatagrams = new WindowedMinimum(STEADY_WINDOW_MS, 5);
  /** Negative: the highest of what the reports of late called the lowest. */
  readonly #highestDatagrams = new WindowedMinimum(SHARED_WINDOW_MS, 5);
  #lastReceived = 0;
  #lastTransitMs: number | undefined;
  #jitterMs = 0;
  #resumedAtMs = -Infinity;

  /** Transit on an empty path, milliseconds on the scale of `arrivals`; infinity if unknown. */
  get baseTransitMs(): number {
    return this.#base.value;
  }

  /** Smoothed difference between the transits of successive pieces, milliseconds. */
  get jitterMs(): number {
    return this.#jitterMs;
  }

  /** Takes what the pieces of all streams tell. */
  takeSamples(samples: readonly ArrivalSample[], nowMs: number): void {
    const latestTicks = samples.at(-1)?.arrivedAtTicks ?? 0;
    const inOrder = samples.toSorted((a, b) =>
      msBetween(latestTicks, a.arrivedAtTicks) - msBetween(latestTicks, b.arrivedAtTicks)
    );
    for (const sample of inOrder) this.#takeSample(sample, nowMs);
  }

  #takeSample(sample: ArrivalSample, nowMs: number): void {
    const { sentAtMs, arrivedAtTicks, bytes, writtenBytes } = sample;
    const transitMs = this.#relative(tickDifference(arrivedAtTicks, toTicks(sentAtMs)));
    if (sentAtMs < this.#resumedAtMs) return;
    this.arrivals.add(sentAtMs + transitMs, bytes, transitMs, writtenBytes);
    this.#base.add(transitMs, nowMs);
    const deviationMs = Math.abs(transitMs - (this.#lastTransitMs ?? transitMs));
    this.#jitterMs += (deviationMs - this.#jitterMs) * JITTER_GAIN;
    this.#lastTransitMs = transitMs;
  }

  /** Takes what the datagrams of a report tell. */
  takeDatagrams(
    { received, lowestTransitTicks, latestTransitTicks }: DatagramArrivals,
    nowMs: number,
  ): void {
    if (((received - this.#lastReceived) | 0) <= 0) return;
    this.#lastReceived = received;
    this.#datagramMs = this.#relative(lowestTransitTicks);
    this.#latestDatagramMs = this.#relative(latestTransitTicks);
    this.#datagramAtMs = nowMs;
    this.#lowestDatagrams.add(this.#datagramMs, nowMs);
    this.#highestDatagrams.add(-this.#datagramMs, nowMs);
    this.#base.add(this.#datagramMs, nowMs);
  }

  /** The path carries again after a time without: what was sent before says nothing of its queue. */
  resume(nowMs: number): void {
    this.#resumedAtMs = nowMs;
    this.arrivals.clear();
  }

  /** What waits now, on the network or on this machine, milliseconds; `rttMs` of an empty path. */
  standingMs(nowMs: number, rttMs: number): number {
    const networkMs = this.networkMs(nowMs, rttMs);
    if (!this.#isBacked(nowMs)) return networkMs;
    // What both see is the network's; what streams wait beyond that is a queue on this machine.
    const highestDatagramMs = -this.#highestDatagrams.value - this.#base.value;
    const sharedMs = STREAM_ALLOWANCE_MS + Math.max(0, highestDatagramMs);
    const windowMs = BACKED_STANDING_WINDOW_MS + BACKED_STANDING_ROUND_TRIPS * rttMs;
    return Math.max(networkMs, this.#streamMs(windowMs) - sharedMs);
  }

  /** What waits on the network now, milliseconds; without datagrams nobody can tell it apart. */
  networkMs(nowMs: number, rttMs: number): number {
    if (!this.#isBacked(nowMs)) {
      return Math.max(0, this.#streamMs(STANDING_WINDOW_MS + STANDING_ROUND_TRIPS * rttMs));
    }
    const steadyMs = this.#lowestDatagrams.value - this.#base.value;
    const latestMs = this.#datagramMs - this.#base.value;
    return Math.max(0, latestMs > DEEP_QUEUE_MS ? latestMs : steadyMs);
  }

  /**
   * What the very latest datagram waited, if the latest of the streams has waited as well: an early
   * sign, which a receiver that was held up gives too. 0 without.
   */
  get risingMs(): number {
    const latestMs = Math.min(this.#latestDatagramMs, this.arrivals.newestTransitMs);
    return Math.max(0, latestMs - this.#base.value);
  }

  #streamMs(windowMs: number): number {
    const lowestMs = this.arrivals.lowestTransitMs(windowMs);
    return lowestMs === Infinity ? 0 : lowestMs - this.#base.value;
  }

  #isBacked(nowMs: number): boolean {
    return nowMs - this.#datagramAtMs <= DATAGRAM_FRESH_MS;
  }

  #relative(transitTicks: number): number {
    this.#referenceTicks ??= transitTicks;
    return msBetween(this.#referenceTicks, transitTicks);
  }
}
