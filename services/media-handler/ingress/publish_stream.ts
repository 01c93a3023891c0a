import { FrameError } from "../../../proto/media_frame/frame_header.ts";
import { FrameParser } from "../../../proto/media_frame/frame_parser.ts";
import {
  STREAM_HEADER_LENGTH,
  type StreamHeader,
  StreamHeaderError,
  StreamKind,
} from "../../../proto/media_stream/stream_header.ts";
import { ErrorCode } from "../../../proto/gen/dark_tower/signaling/v1/signaling_pb.ts";
import { AUDIO_READ_BUFFER_BYTES, VIDEO_READ_BUFFER_BYTES } from "../limits.ts";
import type { Publication, PublishedLayer } from "../routing/publication.ts";
import { announcedPublication } from "./announced_publication.ts";
import { ChunkReader } from "./chunk_reader.ts";
import { FrameRefused, FrameValidator } from "./frame_validator.ts";
import { type PublisherSession, StreamRefused } from "./publisher_session.ts";
import { readStreamOpening } from "./stream_opening.ts";

/**
 * Reads one incoming unidirectional stream to its end: its header, then frames for its publication,
 * or padding. What may not be is refused, its sender is told to stop, and nothing else is touched.
 * Never rejects.
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
    const refusal = stream.cancelled ? undefined : asRefusal(error);
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
  #numbered = false;
  #cancelled = false;

  constructor(readable: ReadableStream<Uint8Array>, session: PublisherSession) {
    this.#session = session;
    this.#reader = new ChunkReader(readable, AUDIO_READ_BUFFER_BYTES);
  }

  /** From the stream's header, once it was read. */
  get streamId(): string | undefined {
    return this.#header?.streamId;
  }

  /** Nobody wants it any more, for a reason that is not its sender's fault. */
  get cancelled(): boolean {
    return this.#cancelled;
  }

  async run(): Promise<void> {
    const { header, rest } = await readStreamOpening(this.#reader, this.#session.clock);
    this.#header = header;
    switch (header.kind) {
      case StreamKind.publish:
        return await this.#readPublication(header, rest);
      case StreamKind.padding:
        return await this.#readPadding(header, rest);
      default:
        throw new StreamHeaderError(`stream kind ${header.kind} from a client`);
    }
  }

  /** Stops reading; the sender is told. */
  cancel(): Promise<void> {
    this.#cancelled = true;
    return this.#reader.cancel();
  }

  /** Nothing more is read. */
  end(): void {
    this.#layer?.end();
    if (this.#numbered && this.#header !== undefined) {
      this.#session.deliveryNumbers.delete(this.#header.deliveryNumber);
      this.#session.arrivals.streamEnded(this.#header.deliveryNumber);
    }
    void this.cancel();
  }

  async #readPublication(header: StreamHeader, first: Uint8Array): Promise<void> {
    const session = this.#session;
    const membership = await session.membership;
    const publication = await announcedPublication(header, membership, session);
    if (this.#cancelled) return;
    this.#takeNumber(header);
    const onEnded = () => void this.cancel();
    if (publication.isAudio) {
      this.#layer = session.audio.openStream(publication, membership, onEnded);
    } else {
      this.#reader.bufferBytes = VIDEO_READ_BUFFER_BYTES;
      this.#layer = publication.openLayer(header.spatialLayer, onEnded);
    }
    await this.#readFrames(first, header, publication, this.#layer);
  }

  async #readFrames(
    first: Uint8Array,
    header: StreamHeader,
    publication: Publication,
    layer: PublishedLayer,
  ): Promise<void> {
    const { clock, arrivals } = this.#session;
    const { deliveryNumber } = header;
    const parser = new FrameParser();
    const validator = new FrameValidator(header, publication.isAudio);
    let receivedBytes = STREAM_HEADER_LENGTH;
    let frameEndBytes = STREAM_HEADER_LENGTH;
    for (let chunk: Uint8Array | undefined = first; chunk; chunk = await this.#reader.read()) {
      if (this.#cancelled) return;
      if (chunk.length === 0) continue;
      const nowMs = clock.now();
      receivedBytes += chunk.length;
      parser.push(chunk, (frame) => {
        validator.check(frame.header);
        frameEndBytes += frame.bytes.length;
        const sentAtMs = frame.header.timestampUs / 1_000;
        arrivals.frameArrived(deliveryNumber, frameEndBytes, nowMs, sentAtMs);
        layer.receive(frame, nowMs);
      });
      arrivals.streamMoved(deliveryNumber, receivedBytes, nowMs);
    }
    if (!parser.atFrameBoundary && !this.#cancelled) {
      throw new FrameError("truncated", "the stream ended inside a frame");
    }
  }

  /** Counts what a sender writes to find out whether the path carries more. */
  async #readPadding(header: StreamHeader, first: Uint8Array): Promise<void> {
    const { clock, arrivals, membership } = this.#session;
    await membership;
    if (this.#cancelled) return;
    this.#takeNumber(header);
    this.#session.paddingBegan(() => void this.cancel());
    let receivedBytes = STREAM_HEADER_LENGTH;
    for (let chunk: Uint8Array | undefined = first; chunk; chunk = await this.#reader.read()) {
      if (this.#cancelled) return;
      if (chunk.length === 0) continue;
      const nowMs = clock.now();
      receivedBytes += chunk.length;
      arrivals.frameArrived(header.deliveryNumber, receivedBytes, nowMs);
      arrivals.streamMoved(header.deliveryNumber, receivedBytes, nowMs);
    }
  }

  #takeNumber({ deliveryNumber }: StreamHeader): void {
    const { deliveryNumbers } = this.#session;
    if (deliveryNumbers.has(deliveryNumber)) {
      throw new StreamRefused(ErrorCode.CONFLICT, `delivery number ${deliveryNumber}`);
    }
    deliveryNumbers.add(deliveryNumber);
    this.#numbered = true;
    this.#session.arrivals.streamBegan(deliveryNumber, STREAM_HEADER_LENGTH);
  }
}
