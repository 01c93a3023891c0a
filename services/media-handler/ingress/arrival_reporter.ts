import {
  type ArrivalPoint,
  encodeArrivalReport,
  MAX_ARRIVAL_POINTS,
  QUEUE_TRANSIT_MS,
  REPORT_GRACE_MS,
  REPORT_INTERVAL_MS,
  URGENT_REPORT_INTERVAL_MS,
} from "../../../proto/media_stream/arrival_report.ts";
import { AudioArrivals } from "../../../proto/media_stream/audio_arrivals.ts";
import { toTicks } from "../../../proto/media_stream/report_clock.ts";
import { TransitFloor } from "../../../proto/media_stream/transit_floor.ts";
import type { Clock } from "../clock.ts";

/**
 * How often one state of a stream is reported. A datagram may be lost, and a publisher that misses
 * the last one before a pause would take the pause for a full queue.
 */
export const REPORT_REPEATS = 3;
/** For how long after something came late reports are urgent. */
export const URGENCY_MS = 200;

interface StreamProgress {
  receivedBytes: number;
  points: ArrivalPoint[];
  /** Reports that will still name the stream. */
  repeats: number;
  ended: boolean;
  readonly floor: TransitFloor;
}

/**
 * Tells a publisher what of its streams and audio datagrams has arrived and when
 * (proto/README.md, "Arrival reports"): with the first arrival after the interval, or a little
 * later by a timer; more often while what arrives is late.
 */
export class ArrivalReporter {
  /** The audio datagrams so far. */
  readonly datagrams = new AudioArrivals();
  readonly #clock: Clock;
  readonly #send: (datagram: Uint8Array) => void;
  readonly #streams = new Map<number, StreamProgress>();
  #datagramRepeats = 0;
  #reportedAtMs = -Infinity;
  #urgentUntilMs = -Infinity;
  #arrivals = 0;
  #lateArrivals = 0;
  #cancelTimer: (() => void) | undefined;
  #stopped = false;

  constructor(clock: Clock, send: (datagram: Uint8Array) => void) {
    this.#clock = clock;
    this.#send = send;
  }

  /** Frames and datagrams that arrived so far. */
  get arrivals(): number {
    return this.#arrivals;
  }

  /** Frames and datagrams so far that came so late that they must have waited in a queue. */
  get lateArrivals(): number {
    return this.#lateArrivals;
  }

  /**
   * A frame ended, or a piece of padding, `receivedBytes` after the start of its stream.
   *
   * @param sentAtMs when the sender made it, by its own clock; undefined if it does not tell.
   */
  frameArrived(
    deliveryNumber: number,
    receivedBytes: number,
    nowMs: number,
    sentAtMs?: number,
  ): void {
    this.#arrivals++;
    const stream = this.#streamOf(deliveryNumber);
    stream.receivedBytes = Math.max(stream.receivedBytes, receivedBytes);
    if (stream.points.length === MAX_ARRIVAL_POINTS) stream.points.shift();
    stream.points.push({ receivedBytes, arrivedAtTicks: toTicks(nowMs) });
    if (sentAtMs !== undefined && stream.floor.rise(nowMs - sentAtMs, nowMs) > QUEUE_TRANSIT_MS) {
      this.#cameLate(nowMs);
    }
  }

  /** A stream began with so many bytes, which are no hurry to report. */
  streamBegan(deliveryNumber: number, receivedBytes: number): void {
    if (this.#stopped) return;
    const stream = this.#streamOf(deliveryNumber);
    stream.receivedBytes = receivedBytes;
    stream.repeats = REPORT_REPEATS;
    this.#schedule(REPORT_INTERVAL_MS + REPORT_GRACE_MS);
  }

  /** `receivedBytes` of the stream have arrived since its start, its header included. */
  streamMoved(deliveryNumber: number, receivedBytes: number, nowMs: number): void {
    const stream = this.#streamOf(deliveryNumber);
    stream.receivedBytes = receivedBytes;
    stream.repeats = REPORT_REPEATS;
    this.#moved(nowMs);
  }

  /** An audio datagram arrived; number and sending time are its own. */
  datagramArrived(number: number, sentAtTicks: number, nowMs: number): void {
    this.#arrivals++;
    // One that was overtaken counts as lost, and its transit says nothing of the next ones.
    if (this.datagrams.isInOrder(number)) {
      const riseMs = this.datagrams.arrived(number, sentAtTicks, nowMs);
      if (riseMs > QUEUE_TRANSIT_MS) this.#cameLate(nowMs);
    }
    this.#datagramRepeats = REPORT_REPEATS;
    this.#moved(nowMs);
  }

  /** The stream has ended; it is still named as often as is due. */
  streamEnded(deliveryNumber: number): void {
    const stream = this.#streams.get(deliveryNumber);
    if (stream === undefined) return;
    stream.ended = true;
    if (stream.repeats === 0) this.#streams.delete(deliveryNumber);
  }

  /** The session is gone. */
  stop(): void {
    this.#stopped = true;
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
    this.#streams.clear();
  }

  #streamOf(deliveryNumber: number): StreamProgress {
    const known = this.#streams.get(deliveryNumber);
    // The number of a stream that has ended may be used again.
    if (known !== undefined && !known.ended) return known;
    const stream: StreamProgress = {
      receivedBytes: 0,
      points: [],
      repeats: 0,
      ended: false,
      floor: new TransitFloor(),
    };
    this.#streams.set(deliveryNumber, stream);
    return stream;
  }

  #cameLate(nowMs: number): void {
    this.#lateArrivals++;
    this.#urgentUntilMs = nowMs + URGENCY_MS;
  }

  #moved(nowMs: number): void {
    if (this.#stopped) return;
    const intervalMs = nowMs < this.#urgentUntilMs ? URGENT_REPORT_INTERVAL_MS : REPORT_INTERVAL_MS;
    if (nowMs - this.#reportedAtMs >= intervalMs) this.#report(nowMs);
    else this.#schedule(this.#reportedAtMs + intervalMs + REPORT_GRACE_MS - nowMs);
  }

  #schedule(delayMs: number): void {
    this.#cancelTimer ??= this.#clock.after(delayMs, () => {
      this.#cancelTimer = undefined;
      const nowMs = this.#clock.now();
      const dueMs = this.#reportedAtMs + REPORT_INTERVAL_MS;
      if (nowMs >= dueMs) this.#report(nowMs);
      else if (this.#hasNews()) this.#schedule(dueMs + REPORT_GRACE_MS - nowMs);
    });
  }

  #hasNews(): boolean {
    if (this.#datagramRepeats > 0) return true;
    for (const { repeats } of this.#streams.values()) if (repeats > 0) return true;
    return false;
  }

  #report(nowMs: number): void {
    this.#reportedAtMs = nowMs;
    if (!this.#hasNews()) return;
    const isLagging = this.#clock.lagMs(nowMs) > 0;
    const streams = [];
    for (const [deliveryNumber, stream] of this.#streams) {
      if (stream.repeats === 0) continue;
      const { receivedBytes } = stream;
      // What was read late for want of the processor says nothing of the path.
      const points = isLagging ? [] : stream.points;
      streams.push({ deliveryNumber, receivedBytes, points });
      stream.points = [];
      if (--stream.repeats === 0 && stream.ended) this.#streams.delete(deliveryNumber);
    }
    if (this.#datagramRepeats > 0) this.#datagramRepeats--;
    for (
      const datagram of encodeArrivalReport({
        nextWithinMs: REPORT_INTERVAL_MS,
        datagrams: this.datagrams.take(),
        streams,
      })
    ) {
      this.#send(datagram);
    }
    if (this.#hasNews()) this.#schedule(REPORT_INTERVAL_MS + REPORT_GRACE_MS);
  }
}
