import type { DatagramArrivals } from "../../../proto/media_stream/arrival_report.ts";
import { msBetween, tickDifference, toTicks } from "../../../proto/media_stream/report_clock.ts";
import { TransitFloor } from "../../../proto/media_stream/transit_floor.ts";

/** A number this far ahead of the highest one is taken for one from behind (RFC 1982). */
const HALF_RANGE = 2 ** 31;

/** Counts what has arrived of the numbered audio datagrams of one session. Pure. */
export class AudioArrivals {
  readonly #floor = new TransitFloor();
  #expected = 0;
  #received = 0;
  #firstTransitTicks: number | undefined;
  #lowestTransitTicks: number | undefined;
  #latestTransitTicks = 0;

  /** The number that comes next unless something is lost. */
  get expected(): number {
    return this.#expected;
  }

  /** One arrived; how far its transit is above the lowest one lately, milliseconds. */
  arrived(number: number, sentAtTicks: number, nowMs: number): number {
    const transitTicks = tickDifference(toTicks(nowMs), sentAtTicks);
    // One that comes after a later one counts as lost.
    if (tickDifference(number, this.#expected) < HALF_RANGE) {
      this.#expected = (number + 1) >>> 0;
      this.#received = (this.#received + 1) >>> 0;
    }
    this.#latestTransitTicks = transitTicks;
    const lowest = this.#lowestTransitTicks;
    if (lowest === undefined || msBetween(lowest, transitTicks) < 0) {
      this.#lowestTransitTicks = transitTicks;
    }
    this.#firstTransitTicks ??= transitTicks;
    return this.#floor.rise(msBetween(this.#firstTransitTicks, transitTicks), nowMs);
  }

  /**
   * What a report tells; the lowest transit begins anew. While this program gets the processor
   * `lagMs` late, so much of each transit was not spent on the way.
   */
  take(lagMs = 0): DatagramArrivals {
    const lowestTicks = this.#lowestTransitTicks ?? this.#latestTransitTicks;
    const lowestTransitTicks = this.#withoutLag(lowestTicks, lagMs);
    this.#lowestTransitTicks = undefined;
    return {
      expected: this.#expected,
      received: this.#received,
      lowestTransitTicks,
      latestTransitTicks: this.#withoutLag(this.#latestTransitTicks, lagMs),
    };
  }

  /** A transit less what the lag explains of its rise. */
  #withoutLag(transitTicks: number, lagMs: number): number {
    if (lagMs === 0 || this.#firstTransitTicks === undefined) return transitTicks;
    const riseMs = msBetween(this.#firstTransitTicks, transitTicks) - this.#floor.lowestMs;
    const explainedMs = Math.min(Math.max(0, riseMs), lagMs);
    return tickDifference(transitTicks, toTicks(explainedMs));
  }
}
