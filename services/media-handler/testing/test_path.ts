import {
  type ArrivalReport,
  REPORT_INTERVAL_MS,
} from "../../../proto/media_stream/arrival_report.ts";
import { toTicks } from "../../../proto/media_stream/report_clock.ts";
import type { Frame } from "../../../proto/media_frame/frame_parser.ts";
import { FrameParser } from "../../../proto/media_frame/frame_parser.ts";
import {
  readStreamHeader,
  STREAM_HEADER_LENGTH,
  type StreamHeader,
} from "../../../proto/media_stream/stream_header.ts";
import type { OutgoingStream, OutgoingStreams } from "../egress/outgoing_stream.ts";

/** A stream that a subscriber was opened, with all that was written to it. */
export class WrittenStream implements OutgoingStream {
  readonly pieces: Uint8Array[] = [];
  closed = false;

  constructor(readonly sendOrder: number, readonly fail: () => void) {}

  write(bytes: Uint8Array): void {
    this.pieces.push(bytes);
  }

  close(): void {
    this.closed = true;
  }

  get bytes(): number {
    return this.pieces.reduce((sum, { length }) => sum + length, 0);
  }

  get header(): StreamHeader {
    return readStreamHeader(this.#joined());
  }

  /** The whole frames that were written. */
  get frames(): Frame[] {
    const frames: Frame[] = [];
    new FrameParser().push(
      this.#joined().subarray(STREAM_HEADER_LENGTH),
      (frame) => frames.push(frame),
    );
    return frames;
  }

  /** Spatial layer and sequence of each frame, such as "1:7". */
  get names(): string[] {
    return this.frames.map(({ header }) => `${header.spatialLayer}:${header.sequence}`);
  }

  #joined(): Uint8Array {
    const joined = new Uint8Array(this.bytes);
    let offset = 0;
    for (const piece of this.pieces) {
      joined.set(piece, offset);
      offset += piece.length;
    }
    return joined;
  }
}

/** The way to a subscriber in a test's hands: notes what is written, reports what a test says. */
export class TestPath implements OutgoingStreams {
  readonly streams: WrittenStream[] = [];
  readonly datagrams: Uint8Array[] = [];
  /** Set to make streams fail to open. */
  refusal: Error | undefined;

  open(sendOrder: number, onFailure: () => void): Promise<OutgoingStream> {
    if (this.refusal !== undefined) return Promise.reject(this.refusal);
    const stream = new WrittenStream(sendOrder, onFailure);
    this.streams.push(stream);
    return Promise.resolve(stream);
  }

  /** What a receiver reports of all that was written, as if the last byte had just arrived. */
  report(nowMs: number, streams = this.streams): ArrivalReport {
    return {
      nextWithinMs: REPORT_INTERVAL_MS,
      datagrams: {
        expected: this.datagrams.length,
        received: this.datagrams.length,
        lowestTransitTicks: 0,
        latestTransitTicks: 0,
      },
      streams: streams.filter(({ pieces }) => pieces.length > 0).map((stream) => ({
        deliveryNumber: stream.header.deliveryNumber,
        receivedBytes: stream.bytes,
        points: [{ receivedBytes: stream.bytes, arrivedAtTicks: toTicks(nowMs) }],
      })),
    };
  }
}
