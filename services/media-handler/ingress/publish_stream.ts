import { FrameError } from "../../../proto/media_frame/frame_header.ts";
import { FrameParser } from "../../../proto/media_frame/frame_parser.ts";
import {
  readStreamHeader,
  STREAM_HEADER_LENGTH,
  type StreamHeader,
  StreamHeaderError,
  StreamKind,
} from "../../../proto/media_stream/stream_header.ts";
import { ErrorCode } from "../../../proto/gen/dark_tower/signaling/v1/signaling_pb.ts";
import type { Clock } from "../clock.ts";
import {
  AUDIO_READ_BUFFER_BYTES,
  MAX_SPATIAL_LAYERS,
  STREAM_HEADER_DEADLINE_MS,
  UNKNOWN_STREAM_WAIT_MS,
  VIDEO_READ_BUFFER_BYTES,
} from "../limits.ts";
import type { Membership } from "../routing/media_router.ts";
import type { Publication, PublishedLayer } from "../routing/publication.ts";
import { ChunkReader } from "./chunk_reader.ts";
import { FrameRefused, FrameValidator } from "./frame_validator.ts";

/** Why a published stream is not read (further); goes to its publisher. */
export class StreamRefused extends Error {
  override readonly name = "StreamRefused";
  constructor(readonly code: ErrorCode, message: string) {
    super(message);
  }
}

/** What the reader of a published stream needs of its session. */
export interface PublisherSession {
  readonly clock: Clock;
  /** Aborts when the session ends. */
  readonly signal: AbortSignal;
  /** Resolves once the session has authenticated; rejects if it ends before. */
  readonly membership: Promise<Membership>;
  /** Numbers of the streams that are open. */
  readonly deliveryNumbers: Set<number>;
  /** So much of a stream has arrived. */
  acknowledge(deliveryNumber: number, receivedBytes: number): void;
  /** Tells the publisher. */
  refuse(refusal: StreamRefused, streamId: string | undefined): void;
}

/**
 * Reads one incoming unidirectional stream to its end: its header, then frames for its publication.
 * What may not be is refused, its sender is told to stop, and nothing else is touched. Never
 * rejects.
 */
export async function receivePublishStream(
  readable: ReadableStream<Uint8Array>,
  session: PublisherSession,
): Promise<void> {
  const stream = new PublishStream(readable, session);
  const cancel = () => void stream.cancel();
  session.signal.addEventListener("abort", cancel, { once: true });
  try {
    await stream.run();
  } catch (error) {
    const refusal = asRefusal(error);
    if (refusal !== undefined && !session.signal.aborted) session.refuse(refusal, stream.streamId);
  } finally {
    session.signal.removeEventListener("abort", cancel);
    stream.end();
  }
}

/** Our own reasons; anything else means that the stream or its session is gone. */
function asRefusal(error: unknown): StreamRefused | undefined {
  if (error instanceof StreamRefused) return error;
  if (
    error instanceof FrameError || error instanceof FrameRefused ||
    error instanceof StreamHeaderError
  ) return new StreamRefused(ErrorCode.STREAM_ERROR, error.message);
  return undefined;
}

class PublishStream {
  readonly #session: PublisherSession;
  readonly #reader: ChunkReader;
  #header: StreamHeader | undefined;
  #layer: PublishedLayer | undefined;
  #cancelled = false;

  constructor(readable: ReadableStream<Uint8Array>, session: PublisherSession) {
    this.#session = session;
    this.#reader = new ChunkReader(readable, AUDIO_READ_BUFFER_BYTES);
  }

  /** From the stream's header, once it was read. */
  get streamId(): string | undefined {
    return this.#header?.streamId;
  }

  async run(): Promise<void> {
    const first = await this.#readHeader();
    const header = this.#header;
    if (header === undefined) return;
    const publication = await this.#announcedPublication(header);
    if (this.#cancelled) return;
    if (this.#session.deliveryNumbers.has(header.deliveryNumber)) {
      throw new StreamRefused(ErrorCode.CONFLICT, `delivery number ${header.deliveryNumber}`);
    }
    this.#session.deliveryNumbers.add(header.deliveryNumber);
    this.#reader.bufferBytes = publication.isAudio
      ? AUDIO_READ_BUFFER_BYTES
      : VIDEO_READ_BUFFER_BYTES;
    this.#layer = publication.openLayer(header.spatialLayer, () => void this.cancel());
    await this.#readFrames(first, header, publication, this.#layer);
  }

  /** Stops reading; the sender is told. */
  cancel(): Promise<void> {
    this.#cancelled = true;
    return this.#reader.cancel();
  }

  /** Nothing more is read. */
  end(): void {
    this.#layer?.end();
    if (this.#layer !== undefined && this.#header !== undefined) {
      this.#session.deliveryNumbers.delete(this.#header.deliveryNumber);
    }
    void this.cancel();
  }

  /** Reads the stream header, unless cancelled before; returns the bytes that came behind it. */
  async #readHeader(): Promise<Uint8Array> {
    const bytes = new Uint8Array(STREAM_HEADER_LENGTH);
    let filled = 0;
    let late = false;
    const cancelDeadline = this.#session.clock.after(STREAM_HEADER_DEADLINE_MS, () => {
      late = true;
      void this.#reader.cancel();
    });
    try {
      while (true) {
        const chunk = await this.#reader.read();
        if (late) throw new StreamRefused(ErrorCode.STREAM_ERROR, "stream header deadline");
        if (chunk === undefined) {
          if (this.#cancelled) return bytes.subarray(0, 0);
          throw new StreamHeaderError("truncated");
        }
        const part = chunk.subarray(0, STREAM_HEADER_LENGTH - filled);
        bytes.set(part, filled);
        filled += part.length;
        if (filled === STREAM_HEADER_LENGTH) {
          this.#header = readStreamHeader(bytes);
          return chunk.subarray(part.length);
        }
      }
    } finally {
      cancelDeadline();
    }
  }

  async #announcedPublication(header: StreamHeader): Promise<Publication> {
    if (header.kind !== StreamKind.publish) {
      throw new StreamHeaderError(`stream kind ${header.kind} from a client`);
    }
    const membership = await this.#session.membership;
    const publication = await announcedPublication(membership, header.streamId, this.#session);
    if (publication === undefined) {
      throw new StreamRefused(ErrorCode.STREAM_ERROR, "the stream was not published");
    }
    if (publication.publisherId !== membership.participant.id) {
      throw new StreamRefused(ErrorCode.FORBIDDEN, "the stream is another participant's");
    }
    if (header.spatialLayer >= (publication.isAudio ? 1 : MAX_SPATIAL_LAYERS)) {
      throw new StreamRefused(ErrorCode.STREAM_ERROR, `spatial layer ${header.spatialLayer}`);
    }
    return publication;
  }

  async #readFrames(
    first: Uint8Array,
    header: StreamHeader,
    publication: Publication,
    layer: PublishedLayer,
  ): Promise<void> {
    const { clock } = this.#session;
    const parser = new FrameParser();
    const validator = new FrameValidator(header, publication.isAudio);
    let receivedBytes = STREAM_HEADER_LENGTH;
    for (let chunk: Uint8Array | undefined = first; chunk; chunk = await this.#reader.read()) {
      if (this.#cancelled) return;
      const nowMs = clock.now();
      receivedBytes += chunk.length;
      this.#session.acknowledge(header.deliveryNumber, receivedBytes);
      parser.push(chunk, (frame) => {
        validator.check(frame.header);
        layer.receive(frame, nowMs);
      });
    }
    if (!parser.atFrameBoundary && !this.#cancelled) {
      throw new FrameError("truncated", "the stream ended inside a frame");
    }
  }
}

/** The publication, as soon as a route announces it; undefined when none does in time. */
async function announcedPublication(
  { meeting }: Membership,
  streamId: string,
  { clock, signal }: PublisherSession,
): Promise<Publication | undefined> {
  if (meeting.publication(streamId) === undefined) {
    const { promise, resolve } = Promise.withResolvers<void>();
    const cancelDeadline = clock.after(UNKNOWN_STREAM_WAIT_MS, resolve);
    const cancelWait = meeting.whenAnnounced(streamId, resolve);
    const stop = () => resolve();
    signal.addEventListener("abort", stop, { once: true });
    await promise;
    signal.removeEventListener("abort", stop);
    cancelDeadline();
    cancelWait();
  }
  return meeting.publication(streamId);
}
