import type { DatagramArrivals } from "../media_stream/arrival_report.ts";
import { msBetween, tickDifference, toTicks } from "../media_stream/report_clock.ts";
import { ArrivalHistory } from "./arrival_history.ts";
import type { ArrivalSample } from "./sent_log.ts";
import { WindowedMinimum } from "./windowed_minimum.ts";

/** How long the shortest transit counts as that of an empty path, milliseconds. */
const BASE_WINDOW_MS = 20_000;
/** Over what time a queue must stand in what streams show: longer than a stall by loss. */
const STANDING_WINDOW_MS = 200;
/** The same while datagrams, which loss does not stall, tell of the path. */
const BACKED_STANDING_WINDOW_MS = 500;
/** How long a report of datagrams tells of the path, milliseconds. */
const DATAGRAM_FRESH_MS = 300;
/** Weight of a new deviation in the jitter (RFC 3550, 6.4.1). */
const JITTER_GAIN = 1 / 16;

/**
 * How long what is sent waits in queues: the lowest transit of the last moments above the lowest of
 * the last seconds. The minimum leaves out stalls by loss, jitter and a receiver that was held up.
 */
export class QueueingDelay {
  readonly arrivals = new ArrivalHistory();
  readonly #base = new WindowedMinimum(BASE_WINDOW_MS, 10);
  #referenceTicks: number | undefined;
  #datagramMs = Infinity;
  #datagramAtMs = -Infinity;
  #lastReceived = 0;
  #lastTransitMs: number | undefined;
  #jitterMs = 0;

  /** Smoothed difference between the transits of successive pieces, milliseconds. */
  get jitterMs(): number {
    return this.#jitterMs;
  }

  /** Takes what a stream's piece tells. */
  takeSample({ sentAtMs, arrivedAtTicks, bytes }: ArrivalSample, nowMs: number): void {
    const transitMs = this.#relative(tickDifference(arrivedAtTicks, toTicks(sentAtMs)));
    this.arrivals.add(sentAtMs + transitMs, bytes, transitMs);
    this.#base.add(transitMs, nowMs);
    const deviationMs = Math.abs(transitMs - (this.#lastTransitMs ?? transitMs));
    this.#jitterMs += (deviationMs - this.#jitterMs) * JITTER_GAIN;
    this.#lastTransitMs = transitMs;
  }

  /** Takes what the datagrams of a report tell. */
  takeDatagrams({ received, lowestTransitTicks }: DatagramArrivals, nowMs: number): void {
    if (((received - this.#lastReceived) | 0) <= 0) return;
    this.#lastReceived = received;
    this.#datagramMs = this.#relative(lowestTransitTicks);
    this.#datagramAtMs = nowMs;
    this.#base.add(this.#datagramMs, nowMs);
  }

  /** What waits now, milliseconds, allowing `pieceMs` for a piece's own time on the wire. */
  standingMs(nowMs: number, pieceMs: number): number {
    const base = this.#base.value;
    if (base === Infinity) return 0;
    const isBacked = nowMs - this.#datagramAtMs <= DATAGRAM_FRESH_MS;
    const windowMs = isBacked ? BACKED_STANDING_WINDOW_MS : STANDING_WINDOW_MS;
    const lowestMs = this.arrivals.lowestTransitMs(windowMs);
    const streamMs = lowestMs === Infinity ? 0 : lowestMs - base - pieceMs;
    const datagramMs = isBacked ? this.#datagramMs - base : 0;
    return Math.max(0, streamMs, datagramMs);
  }

  #relative(transitTicks: number): number {
    this.#referenceTicks ??= transitTicks;
    return msBetween(this.#referenceTicks, transitTicks);
  }
}
