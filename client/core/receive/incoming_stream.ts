import { FrameError, FrameType } from "../../../proto/media_frame/frame_header.ts";
import { type Frame, FrameParser } from "../../../proto/media_frame/frame_parser.ts";
import {
  readStreamHeader,
  STREAM_HEADER_LENGTH,
  type StreamHeader,
  StreamHeaderError,
  StreamKind,
} from "../../../proto/media_stream/stream_header.ts";
import type { Scheduler } from "../crypto/scheduler.ts";
import type { ArrivalReporter } from "./arrival_reporter.ts";
import { readChunks } from "./byte_reader.ts";
import { FRAME_STALL_LIMIT_MS, FrameStall } from "./frame_stall.ts";

/** How long the header of a stream may take, milliseconds. */
export const STREAM_HEADER_DEADLINE_MS = 5_000;

/** What the reader of a stream needs. */
export interface IncomingStreamOptions {
  readonly reporter: Pick<ArrivalReporter, "received" | "frameEnded" | "ended">;
  readonly onFrame: (frame: Frame) => void;
  /** Bytes arrived. */
  readonly onArrival: () => void;
  /** How often something arrived in the session so far, on this stream or any other way. */
  readonly sessionArrivals: () => number;
  readonly scheduler: Scheduler;
  readonly signal: AbortSignal;
}

/**
 * Reads one stream of the media handler until it ends: hands on its frames, or drops its padding,
 * and reports what has arrived. A stream whose header takes too long is given up.
 *
 * @throws {StreamHeaderError | FrameError} at bytes that are none, and when the rest of a frame stays
 * away for {@link FRAME_STALL_LIMIT_MS} while other media arrive.
 */
export async function receiveStream(
  readable: ReadableStream<Uint8Array>,
  options: IncomingStreamOptions,
): Promise<void> {
  const { reporter, onFrame, onArrival, scheduler, signal } = options;
  const late = new AbortController();
  const deadline = scheduler.after(STREAM_HEADER_DEADLINE_MS, () => late.abort());
  const stalled = new AbortController();
  const stall = new FrameStall({
    scheduler,
    sessionArrivals: options.sessionArrivals,
    onStalled: () => stalled.abort(),
  });
  const over = AbortSignal.any([signal, late.signal, stalled.signal]);
  over.addEventListener("abort", () => stall.stop(), { once: true });
  const header = new HeaderReader();
  const parser = new FrameParser();
  let frameEnd = STREAM_HEADER_LENGTH;
  let receivedBytes = 0;
  let deliveryNumber: number | undefined;
  try {
    await readChunks(readable, (chunk) => {
      receivedBytes += chunk.length;
      const content = header.push(chunk);
      const { opened } = header;
      if (opened === undefined) return;
      if (deliveryNumber === undefined) {
        deadline[Symbol.dispose]();
        deliveryNumber = opened.deliveryNumber;
      }
      const number = deliveryNumber;
      onArrival();
      if (opened.kind === StreamKind.padding) reporter.frameEnded(number, receivedBytes);
      else {
        parser.push(content, (frame) => {
          frameEnd += frame.bytes.length;
          const { frameType, timestampUs } = frame.header;
          // Frames of several publishers, each with its own clock, share a stream of audio.
          const video = frameType !== FrameType.audio;
          reporter.frameEnded(number, frameEnd, video ? timestampUs : undefined);
          onFrame(frame);
        });
        stall.moved(parser.atFrameBoundary);
      }
      reporter.received(number, receivedBytes);
    }, over);
  } finally {
    deadline[Symbol.dispose]();
    stall.stop();
    if (deliveryNumber !== undefined) reporter.ended(deliveryNumber);
  }
  if (!stalled.signal.aborted || signal.aborted) return;
  throw new FrameError("truncated", `no rest of a frame for ${FRAME_STALL_LIMIT_MS} ms`);
}

/** Takes the header off the start of a stream. */
class HeaderReader {
  readonly #bytes = new Uint8Array(STREAM_HEADER_LENGTH);
  #filled = 0;
  #opened: StreamHeader | undefined;

  /** Undefined until all of it has arrived. */
  get opened(): StreamHeader | undefined {
    return this.#opened;
  }

  /** What of `chunk` comes after the header. */
  push(chunk: Uint8Array): Uint8Array {
    if (this.#opened !== undefined) return chunk;
    const part = chunk.subarray(0, STREAM_HEADER_LENGTH - this.#filled);
    this.#bytes.set(part, this.#filled);
    this.#filled += part.length;
    if (this.#filled === STREAM_HEADER_LENGTH) this.#opened = readForwardHeader(this.#bytes);
    return chunk.subarray(part.length);
  }
}

/** The header of a stream that the media handler opened. */
function readForwardHeader(bytes: Uint8Array): StreamHeader {
  const header = readStreamHeader(bytes);
  if (header.kind === StreamKind.publish) throw new StreamHeaderError("not a forwarded stream");
  return header;
}
