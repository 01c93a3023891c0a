import { isTested } from "./rate_observation.ts";

/** An invitation to send more than the media for a short while, to see whether the path carries it. */
export interface Probe {
  /** What to send in all, media and padding together, bits per second. */
  readonly bitrateBps: number;
  /** For how long, milliseconds. */
  readonly durationMs: number;
}

/** What a sender has and would like to have, bits per second. */
export interface SendingRates {
  /** What it sends now, padding left out. */
  readonly sendingBps: number;
  /** What it would send on a path without limits. */
  readonly wantedBps: number;
  /** What of it is sound. */
  readonly soundBps?: number;
}

/** How long a probe lasts, milliseconds: so long that a queue of a path too thin shows. */
const PROBE_MS = 300;
/** How long after a probe its last reports may take beyond a round trip, milliseconds. */
const VERDICT_MS = 200;
/** What a probe sends, as a multiple of the target. */
const PROBE_GAIN = 1.6;
/** What it sends at most, as a multiple of what is wanted: so that the target reaches that. */
const WANTED_GAIN = 1.15;
/** Part of a probe that went well that becomes the target. */
const PROVEN_PART = 0.9;
/** Pause before the first probe and after one that went well, milliseconds. */
const SHORTEST_PAUSE_MS = 300;
/** Pause after the first one that did not, milliseconds; doubles with each. */
const FAILED_PAUSE_MS = 2_000;
/** Longest pause, milliseconds. */
const LONGEST_PAUSE_MS = 16_000;

type Phase = "idle" | "sending" | "waiting";

/**
 * When to send padding. Media that come in steps (layers) may leave a path so idle that nothing shows
 * whether it would carry the next step; a probe finds out. Each one that fails costs the viewer some
 * delay, so they become rarer.
 */
export class ProbeSchedule {
  #phase: Phase = "idle";
  #bitrateBps = 0;
  #endsAtMs = 0;
  #nextMs: number | undefined;
  #pauseMs = FAILED_PAUSE_MS;

  /** Whether padding is to be sent. */
  get isSending(): boolean {
    return this.#phase === "sending";
  }

  /** The probe to start now, if there is a use for one and it is time. */
  start(
    nowMs: number,
    targetBps: number,
    { sendingBps, wantedBps, soundBps = 0 }: SendingRates,
  ): Probe | undefined {
    const isUseful = wantedBps > targetBps && !isTested(targetBps, sendingBps, soundBps);
    this.#nextMs ??= nowMs + SHORTEST_PAUSE_MS;
    if (this.#phase !== "idle" || !isUseful || nowMs < this.#nextMs) return undefined;
    this.#phase = "sending";
    this.#bitrateBps = Math.min(PROBE_GAIN * targetBps, WANTED_GAIN * wantedBps);
    this.#endsAtMs = nowMs + PROBE_MS;
    return { bitrateBps: this.#bitrateBps, durationMs: PROBE_MS };
  }

  /** The padding is written. */
  end(nowMs: number): void {
    if (this.#phase !== "sending") return;
    this.#phase = "waiting";
    this.#endsAtMs = nowMs;
  }

  /** A queue formed, or nothing arrives: no more padding, and a longer pause before the next. */
  fail(nowMs: number): void {
    if (this.#phase === "idle") {
      this.#nextMs = Math.max(this.#nextMs ?? 0, nowMs + FAILED_PAUSE_MS);
      return;
    }
    this.#phase = "idle";
    this.#nextMs = nowMs + this.#pauseMs;
    this.#pauseMs = Math.min(LONGEST_PAUSE_MS, 2 * this.#pauseMs);
  }

  /** The bitrate that the path has proven to carry, once all reports of a probe must have come. */
  verdictBps(nowMs: number, rttMs: number): number | undefined {
    if (this.#phase === "sending" && nowMs >= this.#endsAtMs + PROBE_MS) this.end(nowMs);
    if (this.#phase !== "waiting" || nowMs < this.#endsAtMs + rttMs + VERDICT_MS) return undefined;
    this.#phase = "idle";
    this.#nextMs = nowMs + SHORTEST_PAUSE_MS;
    this.#pauseMs = FAILED_PAUSE_MS;
    return PROVEN_PART * this.#bitrateBps;
  }
}
