import type { Probe } from "../../../proto/congestion/probe_schedule.ts";

/** Most padding that is written at once, bytes. */
export const MAX_PADDING_PIECE = 16 * 1024;
/** Less than this waits for the next time, bytes: each piece costs a packet. */
export const MIN_PADDING_PIECE = 400;

/** Works out how much padding makes media up to the rate of a probe. Pure. */
export class PaddingProbe {
  readonly #probe: Probe;
  readonly #startedAtMs: number;
  #filledBytes = 0;

  constructor(probe: Probe, nowMs: number) {
    this.#probe = probe;
    this.#startedAtMs = nowMs;
  }

  /** Whether the probe has lasted its time. */
  ended(nowMs: number): boolean {
    return nowMs - this.#startedAtMs >= this.#probe.durationMs;
  }

  /** Media were sent in the time of the probe: so much less padding. */
  mediaSent(bytes: number): void {
    this.#filledBytes += bytes;
  }

  /** Bytes of padding to write now; they count as written. */
  due(nowMs: number): number {
    const elapsedMs = Math.min(nowMs - this.#startedAtMs, this.#probe.durationMs);
    const missing = Math.floor(this.#probe.bitrateBps * elapsedMs / 8_000 - this.#filledBytes);
    if (missing < MIN_PADDING_PIECE) return 0;
    const bytes = Math.min(missing, MAX_PADDING_PIECE);
    this.#filledBytes += bytes;
    return bytes;
  }
}
