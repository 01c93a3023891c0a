import type { DatagramArrivals } from "./arrival_report.ts";
import { msBetween, tickDifference, toTicks } from "./report_clock.ts";
import { TransitFloor } from "./transit_floor.ts";

/** A number this far ahead of the highest one is taken for one from behind (RFC 1982). */
const HALF_RANGE = 2 ** 31;
/** Weight of a new sample in the jitter (RFC 3550, section 6.4.1: 1/16). */
const JITTER_GAIN = 1 / 16;

/**
 * Counts what has arrived of the numbered audio datagrams of one session, for the arrival reports of
 * either end and for telemetry (proto/README.md, "Arrival reports"). Pure: times are milliseconds of
 * the receiver's clock, ticks those of `toTicks`.
 */
export class AudioArrivals {
  readonly #floor = new TransitFloor();
  #expected = 0;
  #received = 0;
  /** The first transit, which the others are compared with: the clocks differ by any amount. */
  #firstTransitTicks: number | undefined;
  #lowestTransitTicks: number | undefined;
  #latestTransitTicks = 0;
  #jitterMs = 0;

  /** The number that comes next unless something is lost: so many should have arrived so far. */
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

  /** Whether no later one has arrived yet; otherwise the datagram counts as lost. */
  isInOrder(number: number): boolean {
    return tickDifference(number, this.#expected) < HALF_RANGE;
  }

  /**
   * One arrived. The transit of one out of order counts too; an end that does not want that asks
   * {@link isInOrder} first and leaves it out.
   *
   * @returns how far its transit is above the lowest one lately, milliseconds.
   */
  arrived(number: number, sentAtTicks: number, nowMs: number): number {
    const transitTicks = tickDifference(toTicks(nowMs), sentAtTicks);
    if (this.isInOrder(number)) {
      this.#expected = (number + 1) >>> 0;
      this.#received = (this.#received + 1) >>> 0;
    }
    if (this.#firstTransitTicks !== undefined) {
      const deviationMs = Math.abs(msBetween(this.#latestTransitTicks, transitTicks));
      this.#jitterMs += JITTER_GAIN * (deviationMs - this.#jitterMs);
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
