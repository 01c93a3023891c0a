import { WindowedMinimum } from "./windowed_minimum.ts";

/** Round trip assumed before one is known, milliseconds. */
export const UNKNOWN_RTT_MS = 300;
/** Weight of a new sample in the smoothed round trip (RFC 6298, 2.3). */
const GAIN = 1 / 8;
/** How long the shortest round trip counts as that of an empty path, milliseconds. */
const BASE_WINDOW_MS = 20_000;

/** Time from a write to the report that it arrived. */
export class RoundTrip {
  readonly #base = new WindowedMinimum(BASE_WINDOW_MS, 10);
  #smoothedMs: number | undefined;

  /** The shortest lately, milliseconds; undefined before the first. */
  get baseMs(): number | undefined {
    return this.#smoothedMs === undefined ? undefined : this.#base.value;
  }

  /** Smoothed, milliseconds; undefined before the first. */
  get smoothedMs(): number | undefined {
    return this.#smoothedMs;
  }

  /** Takes a measurement. */
  take(rttMs: number, nowMs: number): void {
    this.#base.add(rttMs, nowMs);
    this.#smoothedMs ??= rttMs;
    this.#smoothedMs += GAIN * (rttMs - this.#smoothedMs);
  }
}
