import { create, fromBinary, type MessageInitShape, toBinary } from "@bufbuild/protobuf";
import {
  type MediaClientEnvelope,
  MediaClientEnvelopeSchema,
  MediaServerEnvelopeSchema,
} from "../../../proto/gen/dark_tower/media/v1/media_control_pb.ts";
import {
  frameMessage,
  MessageFramingError,
  MessageParser,
} from "../../../proto/signaling/message_framing.ts";
import type { BidirectionalStream } from "../../runtime/webtransport/session.ts";
import { MAX_QUEUED_CONTROL_MESSAGES } from "../limits.ts";
import { consume } from "./consume.ts";

/** Version of the control protocol. */
export const MEDIA_CONTROL_VERSION = 1;

/** A message of the media handler. */
export type ServerMessage = MessageInitShape<typeof MediaServerEnvelopeSchema>["message"];

/** What a control stream hands to its session. */
export interface ControlStreamEvents {
  onMessage(message: MediaClientEnvelope["message"]): void;
  /** A message that is none; the next ones can still be read. */
  onMalformedMessage(): void;
  /** Bytes that are no sequence of messages; nothing more is read. */
  onBrokenFraming(error: MessageFramingError): void;
  /** The client does not read what it is sent. */
  onQueueFull(): void;
}

/** The control stream of one session: typed messages over length-prefixed bytes. */
export class ControlStream {
  readonly #readable: ReadableStream<Uint8Array>;
  readonly #writer: WritableStreamDefaultWriter<Uint8Array>;
  readonly #events: ControlStreamEvents;
  #queued = 0;

  constructor(stream: BidirectionalStream, events: ControlStreamEvents) {
    this.#readable = stream.readable;
    this.#writer = stream.writable.getWriter();
    this.#writer.closed.catch(() => undefined);
    this.#writer.ready.catch(() => undefined);
    this.#events = events;
  }

  /** Sends `message` after those before it. */
  send(message: ServerMessage): void {
    if (this.#queued >= MAX_QUEUED_CONTROL_MESSAGES) return this.#events.onQueueFull();
    const envelope = create(MediaServerEnvelopeSchema, { version: MEDIA_CONTROL_VERSION, message });
    this.#queued++;
    const sent = () => {
      this.#queued--;
    };
    this.#writer.write(frameMessage(toBinary(MediaServerEnvelopeSchema, envelope)))
      .then(sent, sent);
  }

  /** Nothing more is sent. */
  end(): void {
    this.#writer.close().catch(() => undefined);
  }

  /** Reads messages until the stream ends or `signal` aborts. */
  async read(signal: AbortSignal): Promise<void> {
    const parser = new MessageParser();
    const broken = new AbortController();
    await consume(this.#readable, AbortSignal.any([signal, broken.signal]), (chunk) => {
      try {
        parser.push(chunk, (bytes) => this.#take(bytes));
      } catch (error) {
        if (!(error instanceof MessageFramingError)) throw error;
        broken.abort();
        this.#events.onBrokenFraming(error);
      }
    });
    if (!signal.aborted && !broken.signal.aborted && !parser.atMessageBoundary) {
      this.#events.onBrokenFraming(
        new MessageFramingError("truncated", "the stream ended inside a message"),
      );
    }
  }

  #take(bytes: Uint8Array): void {
    let envelope: MediaClientEnvelope;
    try {
      envelope = fromBinary(MediaClientEnvelopeSchema, bytes);
    } catch {
      // The decoder throws several kinds of errors; each means the same to the client.
      return this.#events.onMalformedMessage();
    }
    if (envelope.version !== MEDIA_CONTROL_VERSION || envelope.message.case === undefined) {
      return this.#events.onMalformedMessage();
    }
    this.#events.onMessage(envelope.message);
  }
}
