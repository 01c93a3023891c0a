import type { ArrivalReport } from "../../../proto/media_stream/arrival_report.ts";
import type { ArrivalSample } from "../../../proto/congestion/sent_log.ts";
import { encodeStreamHeader, type StreamKind } from "../../../proto/media_stream/stream_header.ts";
import type { Clock } from "../clock.ts";
import { MAX_ENDED_DELIVERIES } from "../limits.ts";
import type { OutgoingStreams } from "./outgoing_stream.ts";
import { type PathCounter, PathStream } from "./path_stream.ts";

/** A stream to open. */
export interface StreamOpening {
  readonly kind: StreamKind;
  readonly streamId: string;
  /** Higher goes first. */
  readonly sendOrder: number;
  /** Called once when the stream can carry nothing more. */
  readonly onFailure: () => void;
}

/** What a report told of all streams together. */
export interface ReportedStreams {
  readonly samples: readonly ArrivalSample[];
  /** The shortest time from a write to this report, if one was measured, milliseconds. */
  readonly rttMs: number | undefined;
  /** Entries that no honest subscriber sends. */
  readonly impossible: number;
}

/** All unidirectional streams to one subscriber, by their delivery numbers. */
export class PathStreams {
  readonly #streams: OutgoingStreams;
  readonly #clock: Clock;
  readonly #counter: PathCounter;
  readonly #open = new Map<number, PathStream>();
  /** Those that ended, whose last bytes still count until they are reported. */
  readonly #ended = new Map<number, PathStream>();
  #lastNumber = 0;
  #released = false;

  constructor(streams: OutgoingStreams, clock: Clock, counter: PathCounter) {
    this.#streams = streams;
    this.#clock = clock;
    this.#counter = counter;
  }

  /** Streams that are open now. */
  get count(): number {
    return this.#open.size;
  }

  /**
   * Opens a stream and sends its header. Rejects when the session is gone or the subscriber allows no
   * more streams.
   */
  async open({ kind, streamId, sendOrder, onFailure }: StreamOpening): Promise<PathStream> {
    const deliveryNumber = ++this.#lastNumber;
    const fail = () => {
      this.#release(deliveryNumber);
      onFailure();
    };
    const outgoing = await this.#streams.open(sendOrder, fail);
    const nowMs = this.#clock.now();
    const stream = new PathStream(deliveryNumber, sendOrder, outgoing, this.#counter, nowMs);
    if (this.#released) {
      stream.close();
      return stream;
    }
    this.#open.set(deliveryNumber, stream);
    stream.write(encodeStreamHeader({ kind, spatialLayer: 0, deliveryNumber, streamId }), nowMs);
    return stream;
  }

  /** Ends a stream; what is in flight of it counts until it is reported. */
  end(stream: PathStream): void {
    stream.close();
    const number = stream.deliveryNumber;
    if (!this.#open.delete(number) || stream.bytesInFlight === 0) return;
    this.#ended.set(number, stream);
    if (this.#ended.size <= MAX_ENDED_DELIVERIES) return;
    this.#release(this.#ended.keys().next().value!);
  }

  /** Age of the oldest bytes that are not reported, milliseconds; 0 when there are none. */
  oldestAgeMs(nowMs: number): number {
    let oldestMs = 0;
    for (const stream of this.#open.values()) {
      oldestMs = Math.max(oldestMs, stream.oldestAgeMs(nowMs));
    }
    return oldestMs;
  }

  /** Takes what a report says of streams. */
  take(report: ArrivalReport, nowMs: number): ReportedStreams {
    const samples: ArrivalSample[] = [];
    let rttMs: number | undefined;
    let impossible = 0;
    for (const arrivals of report.streams) {
      const number = arrivals.deliveryNumber;
      if (number === 0 || number > this.#lastNumber) {
        impossible++;
        continue;
      }
      // What was forgotten was sent once: late news of it is no fault.
      const stream = this.#open.get(number) ?? this.#ended.get(number);
      if (stream === undefined) continue;
      const taken = stream.take(arrivals, nowMs);
      if (taken === undefined) {
        impossible++;
        continue;
      }
      samples.push(...taken.samples);
      if (taken.rttMs !== undefined) rttMs = Math.min(rttMs ?? Infinity, taken.rttMs);
      if (stream.closed && stream.bytesInFlight === 0) this.#ended.delete(number);
    }
    return { samples, rttMs, impossible };
  }

  /** The session is gone. */
  release(): void {
    this.#released = true;
    for (const number of [...this.#open.keys(), ...this.#ended.keys()]) this.#release(number);
  }

  #release(number: number): void {
    (this.#open.get(number) ?? this.#ended.get(number))?.release();
    this.#open.delete(number);
    this.#ended.delete(number);
  }
}
