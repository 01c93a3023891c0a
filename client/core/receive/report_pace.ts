import {
  CALM_REPORT_INTERVAL_MS,
  QUEUE_TRANSIT_MS,
  REPORT_INTERVAL_MS,
  URGENT_REPORT_INTERVAL_MS,
} from "../../../proto/media_stream/arrival_report.ts";

/** A transit this much above its recent minimum is out of the ordinary, milliseconds. */
export const UNUSUAL_TRANSIT_MS = 30;
/** How long nothing must have been out of the ordinary before reports become rare, milliseconds. */
export const CALM_AFTER_MS = 5_000;

/**
 * How often a receiver reports: often while what arrives has queued, rarely once nothing has been
 * unusual for a while, since each report costs the sender as much as forwarding a frame. Pure:
 * times are milliseconds of any one clock.
 */
export class ReportPace {
  #disturbedAtMs: number;
  #reportedAtMs = -Infinity;
  #queueing = false;
  #intervalMs: number = REPORT_INTERVAL_MS;

  /** A path is not calm before it is known. */
  constructor(nowMs: number) {
    this.#disturbedAtMs = nowMs;
  }

  /** Time from one report to the next, as promised by the last, milliseconds. */
  get intervalMs(): number {
    return this.#intervalMs;
  }

  /** Something arrived, with a transit so much above its recent minimum. */
  arrived(riseMs: number, nowMs: number): void {
    if (riseMs > UNUSUAL_TRANSIT_MS) this.#disturbedAtMs = nowMs;
    this.#queueing ||= riseMs > QUEUE_TRANSIT_MS;
  }

  /** Something got lost, or the sender measures the path. */
  disturbed(nowMs: number): void {
    this.#disturbedAtMs = nowMs;
  }

  /** Whether a report should leave before the promised time. */
  isUrgent(nowMs: number): boolean {
    const elapsedMs = nowMs - this.#reportedAtMs;
    if (this.#queueing) return elapsedMs >= URGENT_REPORT_INTERVAL_MS;
    // What disturbs a calm path is news, whatever was promised.
    return this.#disturbedAtMs > this.#reportedAtMs && elapsedMs >= REPORT_INTERVAL_MS;
  }

  /** A report leaves now; the interval that it promises. */
  reported(nowMs: number): number {
    this.#reportedAtMs = nowMs;
    this.#queueing = false;
    const isCalm = nowMs - this.#disturbedAtMs >= CALM_AFTER_MS;
    return this.#intervalMs = isCalm ? CALM_REPORT_INTERVAL_MS : REPORT_INTERVAL_MS;
  }
}
