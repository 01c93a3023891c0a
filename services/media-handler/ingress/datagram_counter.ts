import {
  type DatagramArrivals,
  QUEUE_TRANSIT_MS,
} from "../../../proto/media_stream/arrival_report.ts";
import { msBetween, tickDifference, toTicks } from "../../../proto/media_stream/report_clock.ts";
import { TransitFloor } from "../../../proto/media_stream/transit_floor.ts";

/** Weight of a new sample in the jitter (RFC 3550, section 6.4.1: 1/16). */
const JITTER_GAIN = 1 / 16;

/** Counts the numbered audio datagrams of one session, for its arrival reports and telemetry. */
export class DatagramCounter {
  #expected = 0;
  #received = 0;
  #lowestTicks: number | undefined;
  #latestTicks = 0;
  #jitterMs = 0;
  readonly #floor = new TransitFloor();
  /** The first transit, which the others are compared with: the clocks differ by any amount. */
  #firstTicks: number | undefined;

  /** As the next report tells them. */
  get arrivals(): DatagramArrivals {
    return {
      expected: this.#expected,
      received: this.#received,
      lowestTransitTicks: this.#lowestTicks ?? this.#latestTicks,
      latestTransitTicks: this.#latestTicks,
    };
  }

  /** Datagrams that should have arrived so far. */
  get expected(): number {
    return this.#expected;
  }

  /** Datagrams that arrived, and not after a later one. */
  get received(): number {
    return this.#received;
  }

  /** Spread of the transit (RFC 3550), milliseconds. */
  get jitterMs(): number {
    return this.#jitterMs;
  }

  /**
   * Takes number and sending time of a datagram.
   *
   * @returns whether it was much later on the way than others were.
   */
  add(number: number, sentAtTicks: number, nowMs: number): boolean {
    const ahead = (number - this.#expected) | 0;
    if (ahead < 0) return false;
    this.#expected = (number + 1) >>> 0;
    this.#received = (this.#received + 1) >>> 0;
    const transitTicks = tickDifference(toTicks(nowMs), sentAtTicks);
    this.#firstTicks ??= transitTicks;
    if (this.#received > 1) {
      const deviationMs = Math.abs(msBetween(this.#latestTicks, transitTicks));
      this.#jitterMs += JITTER_GAIN * (deviationMs - this.#jitterMs);
    }
    this.#latestTicks = transitTicks;
    if (this.#lowestTicks === undefined || msBetween(this.#lowestTicks, transitTicks) < 0) {
      this.#lowestTicks = transitTicks;
    }
    return this.#floor.rise(msBetween(this.#firstTicks, transitTicks), nowMs) > QUEUE_TRANSIT_MS;
  }

  /** The arrivals were reported: the lowest transit is that of those from now on. */
  reported(): void {
    this.#lowestTicks = undefined;
  }
}
