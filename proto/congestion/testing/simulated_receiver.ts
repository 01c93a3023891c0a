import {
  type ArrivalPoint,
  type ArrivalReport,
  type DatagramArrivals,
  MAX_ARRIVAL_POINTS,
  REPORT_INTERVAL_MS,
  URGENT_REPORT_INTERVAL_MS,
} from "../../media_stream/arrival_report.ts";
import { msBetween, tickDifference, toTicks } from "../../media_stream/report_clock.ts";
import type { EventQueue } from "./event_queue.ts";

/** Transit above the lowest seen from which reports are urgent, milliseconds. */
const URGENT_TRANSIT_MS = 40;
/** How long after its interval a report leaves at the latest, milliseconds. */
const LATEST_REPORT_MS = 40;
/** The receiver's clock minus the sender's: any number, near the point where ticks wrap around. */
const CLOCK_OFFSET_MS = 2 ** 32 / 10 - 7_000;

interface StreamRecord {
  receivedBytes: number;
  points: ArrivalPoint[];
}

/** The end that reports what arrives, as proto/README.md says ("Arrival reports"). */
export class SimulatedReceiver {
  readonly #events: EventQueue;
  readonly #send: (report: ArrivalReport) => void;
  readonly #streams = new Map<number, StreamRecord>();
  #expected = 0;
  #received = 0;
  #lowestTicks: number | undefined;
  #latestTicks = 0;
  #baseTicks: number | undefined;
  #lastReportMs = -Infinity;
  #urgent = false;
  #flushScheduled = false;

  constructor(events: EventQueue, send: (report: ArrivalReport) => void) {
    this.#events = events;
    this.#send = send;
  }

  /** A piece that was sent at `sentAtMs` has arrived whole. */
  pieceArrived(deliveryNumber: number, endBytes: number, sentAtMs: number): void {
    let stream = this.#streams.get(deliveryNumber);
    if (!stream) this.#streams.set(deliveryNumber, stream = { receivedBytes: 0, points: [] });
    stream.receivedBytes = endBytes;
    stream.points.push({ receivedBytes: endBytes, arrivedAtTicks: this.#ticks() });
    if (stream.points.length > MAX_ARRIVAL_POINTS) stream.points.shift();
    this.#judge(tickDifference(this.#ticks(), toTicks(sentAtMs)));
    this.#reportIfDue();
  }

  /** The audio datagram `number` that was sent at `sentAtMs` has arrived. */
  datagramArrived(number: number, sentAtMs: number): void {
    const transit = tickDifference(this.#ticks(), toTicks(sentAtMs));
    this.#expected = Math.max(this.#expected, number + 1);
    this.#received++;
    if (this.#lowestTicks === undefined || msBetween(this.#lowestTicks, transit) < 0) {
      this.#lowestTicks = transit;
    }
    this.#latestTicks = transit;
    this.#judge(transit);
    this.#reportIfDue();
  }

  #ticks(): number {
    return toTicks(this.#events.nowMs + CLOCK_OFFSET_MS);
  }

  #judge(transit: number): void {
    if (this.#baseTicks === undefined || msBetween(this.#baseTicks, transit) < 0) {
      this.#baseTicks = transit;
    }
    this.#urgent = msBetween(this.#baseTicks, transit) > URGENT_TRANSIT_MS;
  }

  #reportIfDue(): void {
    const interval = this.#urgent ? URGENT_REPORT_INTERVAL_MS : REPORT_INTERVAL_MS;
    const dueMs = this.#lastReportMs + interval;
    if (this.#events.nowMs >= dueMs) {
      this.#report();
    } else if (!this.#flushScheduled) {
      this.#flushScheduled = true;
      this.#events.at(dueMs + LATEST_REPORT_MS, () => {
        this.#flushScheduled = false;
        if (this.#events.nowMs >= this.#lastReportMs + interval) this.#report();
      });
    }
  }

  #report(): void {
    this.#lastReportMs = this.#events.nowMs;
    const datagrams: DatagramArrivals = {
      expected: this.#expected,
      received: this.#received,
      lowestTransitTicks: this.#lowestTicks ?? this.#latestTicks,
      latestTransitTicks: this.#latestTicks,
    };
    const streams = [...this.#streams].map(([deliveryNumber, { receivedBytes, points }]) => ({
      deliveryNumber,
      receivedBytes,
      points,
    }));
    for (const stream of this.#streams.values()) stream.points = [];
    this.#lowestTicks = undefined;
    this.#send({ nextWithinMs: REPORT_INTERVAL_MS, datagrams, streams });
  }
}
