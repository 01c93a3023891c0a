import { CALM_REPORT_INTERVAL_MS, REPORT_INTERVAL_MS } from "../media_stream/arrival_report.ts";
import { UNKNOWN_RTT_MS } from "./round_trip.ts";

/** Loss from which streams may stall, and for how many round trips (RFC 9002, 6.1). */
const STALLING_LOSS = 0.003;
const STALL_ROUND_TRIPS = 1.5;
/** How much later than its interval a report may be, with what triggers it, milliseconds. */
const REPORT_SLACK_MS = 50;

/** What holds up a report on a path. Times are milliseconds. */
export interface ReportWaits {
  /** Round trip of the empty path; undefined before one is known. */
  readonly baseRttMs: number | undefined;
  /** How often reports are to be expected. */
  readonly reportIntervalMs: number;
  /** What others keep waiting. */
  readonly foreignQueueMs: number;
  /** Smoothed difference of successive transits. */
  readonly jitterMs: number;
  /** Part of the datagrams that get lost, 0 to 1. */
  readonly lossRatio: number;
}

/**
 * How often reports are to be expected from a receiver that promises the next within `promisedMs`:
 * whoever promises next to nothing is watched all the same. Milliseconds.
 */
export function expectedReportIntervalMs(promisedMs = REPORT_INTERVAL_MS): number {
  return Math.min(Math.max(promisedMs, REPORT_INTERVAL_MS), CALM_REPORT_INTERVAL_MS);
}

/** Age that the oldest unreported byte reaches on a path that fares well, milliseconds. */
export function usualAgeMs(waits: ReportWaits): number {
  const rttMs = waits.baseRttMs ?? UNKNOWN_RTT_MS;
  const stallMs = waits.lossRatio > STALLING_LOSS ? STALL_ROUND_TRIPS * rttMs : 0;
  const waitMs = waits.foreignQueueMs + stallMs + 2 * waits.jitterMs;
  return rttMs + waits.reportIntervalMs + REPORT_SLACK_MS + waitMs;
}
