import { PathEstimator } from "../../../proto/congestion/path_estimator.ts";
import type { ArrivalReport } from "../../../proto/media_stream/arrival_report.ts";
import type { Clock } from "../clock.ts";
import { LayerBitrate } from "../congestion/layer_bitrate.ts";
import { Pacer } from "../congestion/pacer.ts";
import {
  LATENESS_CONFIRMATION_MS,
  MAX_SUBSCRIBER_BYTES_IN_FLIGHT,
  PATH_UPDATE_INTERVAL_MS,
  REPORTS_READ_UNTIL_MS,
  REPORTS_WANTED_AFTER_MS,
} from "../limits.ts";
import type { OutgoingStreams } from "./outgoing_stream.ts";
import type { PathCounter } from "./path_stream.ts";
import { PathStreams } from "./path_streams.ts";

/** Time between updates that means that this process stood still, milliseconds. */
const HITCH_MS = 100;

/** Queue of a full path that a lower bitrate alone is to drain, milliseconds. */
const TOLERATED_QUEUE_MS = 50;

/** What the path to a subscriber needs. */
export interface SubscriberPathOptions {
  readonly streams: OutgoingStreams;
  readonly clock: Clock;
  readonly sendDatagram: (bytes: Uint8Array) => void;
}

/**
 * The way to one subscriber: what is on it, how it fares, and the pacer in front of it. All that is
 * sent to the subscriber passes here.
 */
export class SubscriberPath implements PathCounter {
  readonly estimator = new PathEstimator();
  readonly pacer = new Pacer();
  readonly streams: PathStreams;
  /** Set while some video could use more than it gets: then every report counts. */
  isScarce = false;
  readonly #clock: Clock;
  readonly #sendDatagram: (bytes: Uint8Array) => void;
  readonly #sendingRate = new LayerBitrate();
  readonly #soundRate = new LayerBitrate();
  #bytesInFlight = 0;
  #datagramsSent = 0;
  #updatedAtMs = -Infinity;
  #wantedSinceMs: number | undefined;
  #blockedSinceMs: number | undefined;

  constructor({ streams, clock, sendDatagram }: SubscriberPathOptions) {
    this.streams = new PathStreams(streams, clock, this);
    this.#sendDatagram = sendDatagram;
    this.#clock = clock;
  }

  /** Bytes on streams that are not reported as arrived. */
  get bytesInFlight(): number {
    return this.#bytesInFlight;
  }

  /** Whether it is time to hear what has arrived. */
  get wantsReports(): boolean {
    return this.#wantedSinceMs !== undefined;
  }

  /** How long nothing but sound should have been sent, milliseconds; undefined: all may be. */
  blockedMs(nowMs: number): number | undefined {
    return this.#blockedSinceMs === undefined ? undefined : nowMs - this.#blockedSinceMs;
  }

  /** Whether so much waits that what can be left out must be: a lower bitrate would come too late. */
  get isQueueing(): boolean {
    const { state, queueingDelayMs } = this.estimator;
    return state === "queueing" && queueingDelayMs >= TOLERATED_QUEUE_MS;
  }

  /** The number of the next numbered datagram. */
  get nextDatagramNumber(): number {
    return this.#datagramsSent;
  }

  /** What is sent now in all, bits per second. */
  sendingBps(nowMs: number): number {
    return this.#sendingRate.bitrateBps(0, nowMs);
  }

  /** What is sent of sound, bits per second. */
  soundBps(nowMs: number): number {
    return this.#soundRate.bitrateBps(0, nowMs);
  }

  /** Whether `bytes` more may be on the way. */
  admits(bytes: number): boolean {
    return this.#bytesInFlight === 0 ||
      this.#bytesInFlight + this.pacer.queuedBytes + bytes <= MAX_SUBSCRIBER_BYTES_IN_FLIGHT;
  }

  written(bytes: number, nowMs: number): void {
    this.#bytesInFlight += bytes;
    this.#sendingRate.add(bytes, 0, nowMs);
    this.estimator.onSent(bytes, nowMs);
  }

  landed(bytes: number): void {
    this.#bytesInFlight -= bytes;
  }

  /** Sends the datagram that has `nextDatagramNumber`. Sound does not wait, but takes its part. */
  sendSound(bytes: Uint8Array, nowMs: number): void {
    this.#datagramsSent++;
    this.#sendDatagram(bytes);
    this.pacer.passed(bytes.length, nowMs);
    this.#sendingRate.add(bytes.length, 0, nowMs);
    this.#soundRate.add(bytes.length, 0, nowMs);
    this.estimator.onDatagramSent(bytes.length, nowMs);
  }

  /** Takes a report; returns how many of its entries are impossible. */
  report(report: ArrivalReport, nowMs: number): number {
    const { samples, rttMs, impossible } = this.streams.take(report, nowMs);
    const claimed = report.datagrams;
    const falseDatagrams = claimed.expected > this.#datagramsSent ||
      claimed.received > claimed.expected;
    const datagrams = falseDatagrams || this.#datagramsSent === 0 ? undefined : claimed;
    const { nextWithinMs } = report;
    const lagMs = this.#clock.lagMs(nowMs);
    this.estimator.onReport({ samples, datagrams, nowMs, rttMs, nextWithinMs, lagMs });
    this.#update(nowMs);
    return impossible + (falseDatagrams ? 1 : 0);
  }

  /** Lets the time pass; does nothing when it was called a moment ago. */
  update(nowMs: number): void {
    if (nowMs - this.#updatedAtMs >= PATH_UPDATE_INTERVAL_MS) this.#update(nowMs);
  }

  /** The session is gone. */
  release(): void {
    this.pacer.clear();
    this.streams.release();
  }

  #update(nowMs: number): void {
    const oldestAgeMs = this.#bytesInFlight === 0 ? 0 : this.streams.oldestAgeMs(nowMs);
    this.#noticeWants(oldestAgeMs, nowMs);
    this.#updatedAtMs = nowMs;
    const { reportIntervalMs } = this.estimator;
    this.estimator.update(nowMs, {
      oldestAgeMs: this.#isHeard(nowMs) ? oldestAgeMs : Math.min(oldestAgeMs, reportIntervalMs),
      bytesInFlight: this.#bytesInFlight,
      lagMs: this.#clock.lagMs(nowMs),
    });
    const { state, targetBitrateBps, limitedBy } = this.estimator;
    this.#blockedSinceMs = state === "blocked" ? this.#blockedSinceMs ?? nowMs : undefined;
    this.pacer.held = state === "blocked";
    // Before anything is known QUIC's own slow start does what pacing would.
    if (state !== "starting") this.pacer.setRate(targetBitrateBps, limitedBy === "path");
  }

  #noticeWants(oldestAgeMs: number, nowMs: number): void {
    const { state, limitedBy, probing, reportIntervalMs } = this.estimator;
    // Once one is wanted, all that are there are read.
    const overdueMs = this.wantsReports ? REPORTS_READ_UNTIL_MS : REPORTS_WANTED_AFTER_MS;
    const wantedAfterMs = reportIntervalMs + overdueMs;
    const wants = this.isScarce || probing || oldestAgeMs >= wantedAfterMs ||
      (state !== "starting" && state !== "clear") || (state === "clear" && limitedBy === "path");
    // After a hitch of this process reports may be there that were not read yet.
    const hitched = nowMs - this.#updatedAtMs > HITCH_MS;
    if (!wants) this.#wantedSinceMs = undefined;
    else if (this.#wantedSinceMs === undefined || hitched) this.#wantedSinceMs = nowMs;
  }

  /** Reports that nobody wanted are not read (ops/decisions, 2026-11-20): their absence says nothing. */
  #isHeard(nowMs: number): boolean {
    return this.#wantedSinceMs !== undefined &&
      nowMs - this.#wantedSinceMs >= LATENESS_CONFIRMATION_MS;
  }
}
