import { create, fromBinary, type MessageInitShape, toBinary } from "@bufbuild/protobuf";
import {
  ClientEnvelopeSchema,
  type ServerEnvelope,
  ServerEnvelopeSchema,
} from "../../../proto/gen/dark_tower/signaling/v1/signaling_pb.ts";
import { frameMessage, MessageParser } from "../../../proto/signaling/message_framing.ts";
import { connectWebTransport } from "../../../services/runtime/webtransport/client.ts";
import type {
  BidirectionalStream,
  WebTransportSession,
} from "../../../services/runtime/webtransport/session.ts";
import type { ControllerAddress } from "./load.ts";

/** What a client may ask. */
export type Asked = NonNullable<MessageInitShape<typeof ClientEnvelopeSchema>["message"]>;

/** A silent session costs the generator one buffer of this size, bytes. */
const READ_BUFFER_LENGTH = 4 * 1024;
/** Pings keep the connection alive already, milliseconds; below the idle timeout. */
const KEEP_ALIVE_INTERVAL_MS = 3_000;
const NO_TRANSPORT_DEADLINE_MS = 5_000;

/** The bare protocol over one WebTransport session: envelopes out, envelopes in. */
export class SignalingConnection {
  /** When the controller last said something, monotonic milliseconds. */
  heardAtMs = performance.now();
  isOpen = true;
  readonly #session: WebTransportSession;
  readonly #writer: WritableStreamDefaultWriter<Uint8Array>;
  #lastRequestId = 0;

  private constructor(session: WebTransportSession, { writable }: BidirectionalStream) {
    this.#session = session;
    this.#writer = writable.getWriter();
    this.#writer.closed.catch(() => undefined);
  }

  /**
   * @param onMessage told everything that comes, and `undefined` once when nothing comes any more.
   * @throws {WebTransportError}
   */
  static async open(
    { url, certificateHashes }: ControllerAddress,
    endpoint: Deno.QuicEndpoint,
    onMessage: (envelope: ServerEnvelope | undefined) => void,
  ): Promise<SignalingConnection> {
    const session = await connectWebTransport(url, {
      certificateHashes: certificateHashes.map((hash) => Uint8Array.fromBase64(hash)),
      endpoint,
      limits: {
        keepAliveIntervalMs: KEEP_ALIVE_INTERVAL_MS,
        connectDeadlineMs: NO_TRANSPORT_DEADLINE_MS,
      },
    });
    const stream = await session.createBidirectionalStream();
    const connection = new SignalingConnection(session, stream);
    connection.#read(stream.readable, onMessage).catch(() => undefined).then(() => {
      connection.isOpen = false;
      onMessage(undefined);
    });
    return connection;
  }

  /** Sends a request and returns its number; whether it left shows by the answer. */
  send(message: Asked): number {
    const requestId = ++this.#lastRequestId;
    const envelope = create(ClientEnvelopeSchema, { version: 1, requestId, message });
    this.#writer.write(frameMessage(toBinary(ClientEnvelopeSchema, envelope)))
      .catch(() => undefined);
    return requestId;
  }

  close(): void {
    this.isOpen = false;
    this.#session.close();
  }

  async #read(
    readable: ReadableStream<Uint8Array>,
    onMessage: (envelope: ServerEnvelope) => void,
  ): Promise<void> {
    const parser = new MessageParser();
    const reader = readable.getReader({ mode: "byob" });
    let buffer = new ArrayBuffer(READ_BUFFER_LENGTH);
    while (true) {
      const { done, value } = await reader.read(new Uint8Array(buffer));
      if (done) return;
      this.heardAtMs = performance.now();
      parser.push(value, (bytes) => onMessage(fromBinary(ServerEnvelopeSchema, bytes)));
      buffer = value.buffer;
    }
  }
}
