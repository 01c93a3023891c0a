import { SentRate } from "./sent_rate.ts";

/** What may wait before the first round trip is known, at the rate of what is reported, milliseconds. */
const STARTING_BACKLOG_MS = 400;
/** Over what time that rate is measured, milliseconds. */
const STARTING_MEASURE_MS = 150;

/**
 * What is reported of what was sent, by the sender's clock: coarse, but it needs neither the end of a
 * frame nor the time at which anything arrived.
 */
export class ReportedRate {
  readonly #rate = new SentRate();
  #sentBytes = 0;
  #reportedBytes = 0;
  #firstAtMs: number | undefined;

  /** `bytes` were written to a stream. */
  sent(bytes: number): void {
    this.#sentBytes += bytes;
  }

  /** `bytesInFlight` of what was written are not reported yet. */
  count(bytesInFlight: number, nowMs: number): void {
    const reportedBytes = this.#sentBytes - bytesInFlight;
    if (reportedBytes <= this.#reportedBytes) return;
    this.#rate.add(reportedBytes - this.#reportedBytes, nowMs);
    this.#reportedBytes = reportedBytes;
    this.#firstAtMs ??= nowMs;
  }

  /** Bits per second that were reported in the last `windowMs`, 100 to 750. */
  bitrateBps(windowMs: number, nowMs: number): number {
    return this.#rate.bitrateBps(windowMs, nowMs);
  }

  /**
   * Whether too much is under way on a path of which no round trip is known yet: a first frame that
   * is long on a thin path tells nothing before its end, but its bytes do.
   */
  isFloodedAtStart(bytesInFlight: number, nowMs: number): boolean {
    if (nowMs - (this.#firstAtMs ?? nowMs) < STARTING_MEASURE_MS) return false;
    const reportedBps = this.bitrateBps(STARTING_MEASURE_MS, nowMs);
    return bytesInFlight * 8_000 > STARTING_BACKLOG_MS * reportedBps;
  }
}
