import { type Frame, FrameParser } from "../../../proto/media_frame/frame_parser.ts";
import {
  readStreamHeader,
  STREAM_HEADER_LENGTH,
  StreamHeaderError,
  StreamKind,
} from "../../../proto/media_stream/stream_header.ts";
import type { Scheduler } from "../crypto/scheduler.ts";
import type { WebTransportSession } from "../transport/webtransport_session.ts";
import { Acknowledger } from "./acknowledger.ts";
import { readChunks } from "./byte_reader.ts";
import { HeldFrames } from "./held_frames.ts";
import {
  type OpenFrame,
  type ReceivedFrame,
  RemoteStreamReceiver,
} from "./remote_stream_receiver.ts";
import type { StreamSource } from "./stream_source.ts";

/** Most streams the media handler may have open; more are refused. */
export const MAX_INCOMING_STREAMS = 256;
/** How long the header of a stream may take, milliseconds. */
export const STREAM_HEADER_DEADLINE_MS = 5_000;

/** What a media receiver needs. */
export interface MediaReceiverOptions {
  /** The decryption of one stream; absent in a meeting that is not encrypted. */
  readonly opener: ((source: StreamSource) => OpenFrame) | undefined;
  readonly onFrame: (received: ReceivedFrame) => void;
  /** A decoder of this stream needs a key frame. */
  readonly requestKeyFrame: (streamId: string, spatialLayer: number) => void;
  /** A frame was dropped because it could not be decrypted. */
  readonly onRefused: (source: StreamSource, error: unknown) => void;
  readonly scheduler: Scheduler;
}

/**
 * Receives the streams of the others: keeps what it knows of each through a change of the media
 * session, so that a group of pictures which comes twice is not shown twice.
 */
export class MediaReceiver {
  readonly #options: MediaReceiverOptions;
  readonly #streams = new Map<string, RemoteStreamReceiver>();
  readonly #held: HeldFrames;

  constructor(options: MediaReceiverOptions) {
    this.#options = options;
    this.#held = new HeldFrames(options.scheduler);
  }

  /** The streams that the roster names now; frames that waited for one of them go on. */
  setSources(sources: readonly StreamSource[]): void {
    const named = new Set(sources.map(({ streamId }) => streamId));
    for (const [streamId, stream] of this.#streams) {
      if (named.has(streamId)) continue;
      stream.close();
      this.#streams.delete(streamId);
    }
    for (const source of sources) {
      if (this.#streams.has(source.streamId)) continue;
      const stream = this.#receiver(source);
      this.#streams.set(source.streamId, stream);
      for (const frame of this.#held.take(source.streamId)) stream.push(frame);
    }
  }

  /**
   * Receives from an authenticated media session until it ends or `signal` aborts.
   *
   * @throws when the session fails, or the media handler sends what is no media stream.
   */
  async receive(session: WebTransportSession, signal: AbortSignal): Promise<void> {
    const datagrams = session.datagrams.writable.getWriter();
    datagrams.closed.catch(() => undefined);
    const acknowledger = new Acknowledger({
      scheduler: this.#options.scheduler,
      // A datagram may get lost anyway.
      send: (datagram) => void datagrams.write(datagram).catch(() => undefined),
    });
    const failure = Promise.withResolvers<never>();
    failure.promise.catch(() => undefined);
    let open = 0;
    const reader = session.incomingUnidirectionalStreams.getReader();
    const stop = () => void reader.cancel().catch(() => undefined);
    signal.addEventListener("abort", stop, { once: true });
    try {
      while (!signal.aborted) {
        const { done, value: readable } = await Promise.race([reader.read(), failure.promise]);
        if (done) return;
        if (open >= MAX_INCOMING_STREAMS) {
          readable.cancel().catch(() => undefined);
          continue;
        }
        open++;
        this.#receiveStream(readable, acknowledger, signal)
          .catch((error) => {
            // A stream that breaks off with its session says nothing of its own.
            if (isGarbage(error)) failure.reject(error);
          })
          .finally(() => open--);
      }
    } finally {
      signal.removeEventListener("abort", stop);
      acknowledger.stop();
      stop();
      datagrams.releaseLock();
    }
  }

  close(): void {
    for (const stream of this.#streams.values()) stream.close();
    this.#streams.clear();
    this.#held.clear();
  }

  #receiver(source: StreamSource): RemoteStreamReceiver {
    const { opener, onFrame, requestKeyFrame, onRefused, scheduler } = this.#options;
    return new RemoteStreamReceiver({
      source,
      open: opener?.(source),
      deliver: onFrame,
      requestKeyFrame: (spatialLayer) => requestKeyFrame(source.streamId, spatialLayer),
      onRefused: (error) => onRefused(source, error),
      scheduler,
    });
  }

  async #receiveStream(
    readable: ReadableStream<Uint8Array>,
    acknowledger: Acknowledger,
    signal: AbortSignal,
  ): Promise<void> {
    const header = new Uint8Array(STREAM_HEADER_LENGTH);
    const parser = new FrameParser();
    let received = 0;
    let deliveryNumber: number | undefined;
    const late = new AbortController();
    const deadline = this.#options.scheduler.after(STREAM_HEADER_DEADLINE_MS, () => late.abort());
    const onFrame = (frame: Frame) => this.#onFrame(frame);
    try {
      await readChunks(readable, (chunk) => {
        let frames = chunk;
        if (received < STREAM_HEADER_LENGTH) {
          const part = chunk.subarray(0, STREAM_HEADER_LENGTH - received);
          header.set(part, received);
          frames = chunk.subarray(part.length);
        }
        received += chunk.length;
        if (received < STREAM_HEADER_LENGTH) return;
        if (deliveryNumber === undefined) {
          deadline[Symbol.dispose]();
          deliveryNumber = readForwardHeader(header);
        }
        parser.push(frames, onFrame);
        acknowledger.received(deliveryNumber, received);
      }, AbortSignal.any([signal, late.signal]));
    } finally {
      deadline[Symbol.dispose]();
      if (deliveryNumber !== undefined) acknowledger.forget(deliveryNumber);
    }
  }

  #onFrame(frame: Frame): void {
    const stream = this.#streams.get(frame.header.streamId);
    if (stream === undefined) this.#held.hold(frame);
    else stream.push(frame);
  }
}

/** The delivery number of a stream that the media handler opened. */
function readForwardHeader(bytes: Uint8Array): number {
  const { kind, deliveryNumber } = readStreamHeader(bytes);
  if (kind === StreamKind.publish) throw new StreamHeaderError("not a forwarded stream");
  return deliveryNumber;
}

function isGarbage(error: unknown): boolean {
  return error instanceof Error &&
    (error.name === "StreamHeaderError" || error.name === "FrameError");
}
