import type { DatagramArrivals } from "../media_stream/arrival_report.ts";
import type { Probe, SendingRates } from "./probe_schedule.ts";
import type { ArrivalSample } from "./sent_log.ts";

/**
 * How a path fares. `starting`: nothing was reported yet. `clear`: what is sent arrives without
 * waiting. `queueing`: more is sent than the path carries, leave out what can be left out.
 * `blocked`: nothing has arrived for so long that nothing but audio should be written.
 */
export type PathState = "starting" | "clear" | "queueing" | "blocked";

/** Bounds of a path's target bitrate, bits per second. */
export interface PathEstimatorOptions {
  /** Before anything is known; 1 Mbit/s, so that a call can start with a key frame. */
  readonly startBitrateBps?: number;
  /** Never less than this; 64 kbit/s, one voice and a little. */
  readonly minBitrateBps?: number;
  /** Never more than this; 20 Mbit/s. */
  readonly maxBitrateBps?: number;
}

/** What a report told of a path; pass it once for each report, all its streams together. */
export interface PathReport {
  /** Of all streams of the path, each stream's oldest first. */
  readonly samples: readonly ArrivalSample[];
  /** The report's own counts; undefined when the path carries no numbered datagrams. */
  readonly datagrams?: DatagramArrivals | undefined;
  /** When the report came in, milliseconds of the sender's clock. */
  readonly nowMs: number;
  /** From a write to this report, if one was measured (`StreamSamples.rttMs`). */
  readonly rttMs?: number | undefined;
}

/** What lies between the sender and the receiver, over all streams of the path. */
export interface PathLoad {
  /** Age of the oldest byte that was written and not reported, milliseconds; 0 without any. */
  readonly oldestAgeMs: number;
  /** Bytes written and not reported. */
  readonly bytesInFlight: number;
}

/**
 * Estimates from arrival reports what a path carries. Pure: no timers; times are milliseconds of
 * one monotonic clock, the one that audio datagrams are stamped with.
 *
 * Call `onSent` for everything written (frames, padding, datagrams), `onReport` for each report,
 * `update` every 10 to 50 ms, and `probe` when the media alone do not fill the target.
 */
export class PathEstimator {
  readonly #minBitrateBps: number;
  readonly #maxBitrateBps: number;
  #targetBitrateBps: number;
  #state: PathState = "starting";

  constructor(options: PathEstimatorOptions = {}) {
    this.#minBitrateBps = options.minBitrateBps ?? 64_000;
    this.#maxBitrateBps = options.maxBitrateBps ?? 20_000_000;
    this.#targetBitrateBps = options.startBitrateBps ?? 1_000_000;
  }

  /** What to send at most, audio and video together, bits per second. */
  get targetBitrateBps(): number {
    return this.#targetBitrateBps;
  }

  /** How the path fares. */
  get state(): PathState {
    return this.#state;
  }

  /** How long what is sent waits in queues, milliseconds; stalls by loss are left out. */
  get queueingDelayMs(): number {
    return 0;
  }

  /** Shortest time from a write to its report lately, milliseconds; undefined before the first. */
  get baseRttMs(): number | undefined {
    return undefined;
  }

  /** Smoothed time from a write to its report, milliseconds; undefined before the first. */
  get rttMs(): number | undefined {
    return undefined;
  }

  /** Part of the datagrams that got lost lately, 0 to 1. */
  get lossRatio(): number {
    return 0;
  }

  /** Datagrams whose fate the loss ratio is made of; few say little. */
  get lossObservations(): number {
    return 0;
  }

  /** Smoothed deviation of the transit, milliseconds. */
  get jitterMs(): number {
    return 0;
  }

  /** What arrived lately, bits per second by the receiver's clock. */
  get deliveredBitrateBps(): number {
    return 0;
  }

  /** Whether the sender itself sends less than the target, so that nothing is learnt of the path. */
  get limitedBy(): "application" | "path" {
    return "application";
  }

  /** Whether a probe runs. Padding must stop as soon as this is false: the path may have had enough. */
  get probing(): boolean {
    return false;
  }

  /** Records that `bytes` were written: a frame, padding, or a datagram. */
  onSent(_bytes: number, _nowMs: number): void {}

  /** Takes an arrival report. */
  onReport(_report: PathReport): void {
    if (this.#state === "starting") this.#state = "clear";
  }

  /** Lets time pass: notices that nothing is reported any more, and raises the target. */
  update(_nowMs: number, _load: PathLoad): void {
    this.#targetBitrateBps = Math.min(
      this.#maxBitrateBps,
      Math.max(this.#minBitrateBps, this.#targetBitrateBps),
    );
  }

  /** The probe to start now, if it is time for one; ask every 10 to 50 ms. */
  probe(_nowMs: number, _rates: SendingRates): Probe | undefined {
    return undefined;
  }

  /** Tells that the padding of a probe has all been written. */
  probeEnded(_nowMs: number): void {}
}
