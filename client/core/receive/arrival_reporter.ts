import {
  type ArrivalPoint,
  encodeArrivalReport,
  MAX_ARRIVAL_POINTS,
  REPORT_GRACE_MS,
  type StreamArrivals,
} from "../../../proto/media_stream/arrival_report.ts";
import { AudioArrivals } from "../../../proto/media_stream/audio_arrivals.ts";
import { toTicks } from "../../../proto/media_stream/report_clock.ts";
import type { Scheduler } from "../crypto/scheduler.ts";
import { ProcessorLag } from "../../../proto/congestion/processor_lag.ts";
import { ReportPace } from "./report_pace.ts";
import { TransitFloor } from "../../../proto/media_stream/transit_floor.ts";

/**
 * How often the last count of a stream that stopped moving is repeated, each time after twice as
 * many intervals: a sender that waits until all has arrived must not wait for ever because one
 * datagram was lost.
 */
export const MAX_REPEATS = 5;

/** Longest time after which the next report is promised, milliseconds. */
const MAX_PROMISE_MS = 500;

interface StreamArrival {
  readonly floor: TransitFloor;
  receivedBytes: number;
  points: ArrivalPoint[];
  repeats: number;
  /** Intervals until the last count is sent again; undefined when it need not be. */
  dueIn: number | undefined;
  /** Whether bytes have arrived that were never reported. */
  moved: boolean;
  ended: boolean;
}

/** Tells the media handler what of its streams and audio datagrams has arrived, and when. */
export class ArrivalReporter {
  readonly #now: () => number;
  readonly #scheduler: Scheduler;
  readonly #send: (datagram: Uint8Array<ArrayBuffer>) => void;
  readonly #streams = new Map<number, StreamArrival>();
  readonly #audio = new AudioArrivals();
  #audioMoved = false;
  readonly #pace: ReportPace;
  readonly #lag = new ProcessorLag();
  /** Whether an interval has passed since the last report. */
  #due = true;
  #stopped = false;
  #timer: Disposable | undefined;

  constructor(options: {
    readonly now: () => number;
    readonly scheduler: Scheduler;
    readonly send: (datagram: Uint8Array<ArrayBuffer>) => void;
  }) {
    this.#now = options.now;
    this.#scheduler = options.scheduler;
    this.#send = options.send;
    this.#pace = new ReportPace(options.now());
  }

  /** Bytes arrived that end no frame; `receivedBytes` count from the start of the stream. */
  received(deliveryNumber: number, receivedBytes: number): void {
    const stream = this.#stream(deliveryNumber);
    stream.receivedBytes = receivedBytes;
    stream.moved = true;
    this.#arrived();
  }

  /**
   * A frame (or piece of padding) ended at `receivedBytes`; `timestampUs` is the frame's, by which
   * a queue is noticed. To be followed by {@link received} once for each piece that was read.
   */
  frameEnded(deliveryNumber: number, receivedBytes: number, timestampUs?: number): void {
    const nowMs = this.#now();
    const stream = this.#stream(deliveryNumber);
    stream.points.push({ receivedBytes, arrivedAtTicks: toTicks(nowMs) });
    if (stream.points.length > MAX_ARRIVAL_POINTS) stream.points.shift();
    if (timestampUs === undefined) this.#pace.disturbed(nowMs);
    else this.#pace.arrived(stream.floor.rise(nowMs - timestampUs / 1_000, nowMs), nowMs);
  }

  /** An audio datagram arrived. */
  audioArrived(number: number, sentAtTicks: number): void {
    const nowMs = this.#now();
    if (number !== this.#audio.expected) this.#pace.disturbed(nowMs);
    this.#pace.arrived(this.#audio.arrived(number, sentAtTicks, nowMs), nowMs);
    this.#audioMoved = true;
    this.#arrived();
  }

  /** The stream ended: what has arrived of it is reported once more, then nobody asks about it. */
  ended(deliveryNumber: number): void {
    const stream = this.#streams.get(deliveryNumber);
    if (stream === undefined) return;
    if (stream.moved) stream.ended = true;
    else this.#streams.delete(deliveryNumber);
  }

  /** Reports nothing any more. */
  stop(): void {
    this.#stopped = true;
    this.#timer?.[Symbol.dispose]();
    this.#timer = undefined;
    this.#streams.clear();
  }

  #stream(deliveryNumber: number): StreamArrival {
    let stream = this.#streams.get(deliveryNumber);
    if (stream === undefined) {
      stream = {
        floor: new TransitFloor(),
        receivedBytes: 0,
        points: [],
        repeats: 0,
        dueIn: undefined,
        moved: false,
        ended: false,
      };
      this.#streams.set(deliveryNumber, stream);
    }
    return stream;
  }

  #arrived(): void {
    if (this.#stopped) return;
    if (this.#due || this.#pace.isUrgent(this.#now())) this.#report();
  }

  /** Sends what has moved and what is to be repeated now. */
  #report(): void {
    const nowMs = this.#now();
    const lagMs = this.#lag.lagMs(nowMs);
    const streams: StreamArrivals[] = [];
    for (const [deliveryNumber, stream] of this.#streams) {
      if (!stream.moved && stream.dueIn !== 0) continue;
      stream.repeats = stream.moved ? 1 : stream.repeats + 1;
      stream.moved = false;
      stream.dueIn = stream.repeats <= MAX_REPEATS ? 2 ** stream.repeats : undefined;
      const { receivedBytes } = stream;
      // What was read late for want of the processor says nothing of the path.
      const points = lagMs > 0 ? [] : stream.points;
      streams.push({ deliveryNumber, receivedBytes, points });
      stream.points = [];
      if (stream.ended) this.#streams.delete(deliveryNumber);
    }
    const intervalMs = this.#pace.reported(nowMs);
    const nextWithinMs = Math.min(MAX_PROMISE_MS, intervalMs + lagMs);
    const datagrams = this.#audio.take(lagMs);
    for (const datagram of encodeArrivalReport({ nextWithinMs, datagrams, streams })) {
      this.#send(datagram);
    }
    this.#audioMoved = false;
    this.#due = false;
    this.#after(intervalMs, () => this.#intervalPassed());
  }

  #intervalPassed(): void {
    this.#due = true;
    let moved = this.#audioMoved;
    let repeat = false;
    let pending = false;
    for (const stream of this.#streams.values()) {
      moved ||= stream.moved;
      if (stream.dueIn === undefined) continue;
      pending = true;
      if (--stream.dueIn === 0) repeat = true;
    }
    if (repeat) this.#report();
    else if (moved) this.#after(REPORT_GRACE_MS, () => this.#report());
    else if (pending) this.#after(this.#pace.intervalMs, () => this.#intervalPassed());
  }

  /** Sets the one timer. */
  #after(delayMs: number, callback: () => void): void {
    this.#timer?.[Symbol.dispose]();
    const dueAtMs = this.#now() + delayMs;
    this.#timer = this.#scheduler.after(delayMs, () => {
      const nowMs = this.#now();
      this.#lag.timerFired(nowMs - dueAtMs, nowMs);
      callback();
    });
  }
}
