import { frameMessage, MessageParser } from "../../../proto/signaling/message_framing.ts";
import type {
  BidirectionalStream,
  SendStreamOptions,
  SessionCloseInfo,
  WebTransportSession,
} from "../transport/webtransport_session.ts";

/** What a client wrote to a unidirectional stream it opened. */
export interface RecordedStream {
  readonly sendOrder: number | undefined;
  readonly chunks: Uint8Array[];
  closed: boolean;
  /** Makes the next writes fail, as STOP_SENDING does. */
  stop(): void;
}

/**
 * A session for tests of one end alone: the other end is the test, which reads what was written and
 * says what it likes. It has no network, no limits and no server.
 */
export class ScriptedSession implements WebTransportSession {
  readonly ready: Promise<void>;
  readonly closed: Promise<SessionCloseInfo>;
  readonly datagrams: WebTransportSession["datagrams"];
  readonly incomingUnidirectionalStreams: ReadableStream<ReadableStream<Uint8Array>>;
  /** Streams that the client opened, in order. */
  readonly streams: RecordedStream[] = [];
  /** Datagrams that the client sent. */
  readonly sentDatagrams: Uint8Array[] = [];
  /** Messages that the client sent on its bidirectional stream, without their length. */
  readonly messages: Uint8Array[] = [];
  closedByClient: SessionCloseInfo | undefined;
  /** The other end: told of each message as it comes. */
  onMessage: (message: Uint8Array) => void = () => {};
  readonly #ready = Promise.withResolvers<void>();
  readonly #closed = Promise.withResolvers<SessionCloseInfo>();
  #datagrams!: ReadableStreamDefaultController<Uint8Array>;
  #incoming!: ReadableStreamDefaultController<ReadableStream<Uint8Array>>;
  #replies: ReadableStreamDefaultController<Uint8Array> | undefined;

  constructor({ established = true }: { established?: boolean } = {}) {
    this.ready = this.#ready.promise;
    this.closed = this.#closed.promise;
    this.ready.catch(() => undefined);
    this.closed.catch(() => undefined);
    if (established) this.#ready.resolve();
    this.datagrams = {
      readable: new ReadableStream({ start: (controller) => void (this.#datagrams = controller) }),
      writable: new WritableStream({
        write: (datagram) => void this.sentDatagrams.push(datagram),
      }),
    };
    this.incomingUnidirectionalStreams = new ReadableStream({
      start: (controller) => void (this.#incoming = controller),
    });
  }

  createUnidirectionalStream(
    { sendOrder }: SendStreamOptions = {},
  ): Promise<WritableStream<Uint8Array>> {
    let stop!: () => void;
    const stream: RecordedStream = { sendOrder, chunks: [], closed: false, stop: () => stop() };
    this.streams.push(stream);
    return Promise.resolve(
      new WritableStream<Uint8Array>({
        start: (controller) => {
          stop = () => controller.error(new Error("stopped"));
        },
        write: (chunk) => void stream.chunks.push(chunk),
        close: () => void (stream.closed = true),
      }),
    );
  }

  createBidirectionalStream(): Promise<BidirectionalStream> {
    const parser = new MessageParser();
    return Promise.resolve({
      readable: new ReadableStream<Uint8Array>({
        start: (controller) => void (this.#replies = controller),
      }),
      writable: new WritableStream<Uint8Array>({
        write: (chunk) =>
          parser.push(chunk, (message) => {
            this.messages.push(message);
            this.onMessage(message);
          }),
      }),
    });
  }

  close(info: SessionCloseInfo = {}): void {
    if (this.closedByClient !== undefined) return;
    this.closedByClient = info;
    this.end(info);
  }

  /** The other end: completes the handshake. */
  establish(): void {
    this.#ready.resolve();
  }

  /** The other end: sends messages on the bidirectional stream, in one piece. */
  reply(...messages: Uint8Array[]): void {
    this.replyBytes(Uint8Array.from(messages.flatMap((message) => [...frameMessage(message)])));
  }

  /** The other end: sends anything on the bidirectional stream. */
  replyBytes(bytes: Uint8Array): void {
    this.#replies?.enqueue(bytes);
  }

  /** The other end: sends a datagram. */
  sendDatagram(datagram: Uint8Array): void {
    this.#datagrams.enqueue(datagram);
  }

  /** The other end: opens a stream, which it writes to with the returned function. */
  openStream(): { write: (bytes: Uint8Array) => void; end: () => void } {
    let stream!: ReadableStreamDefaultController<Uint8Array>;
    this.#incoming.enqueue(
      new ReadableStream({ start: (controller) => void (stream = controller) }),
    );
    return { write: (bytes) => stream.enqueue(bytes), end: () => stream.close() };
  }

  /** The other end: closes the session. */
  end(info: SessionCloseInfo = {}): void {
    this.#closed.resolve(info);
    for (const controller of [this.#datagrams, this.#incoming, this.#replies]) {
      try {
        controller?.close();
      } catch {
        // Already cancelled by its reader.
      }
    }
  }

  /** The network: the connection is gone. */
  fail(error: Error): void {
    this.#ready.reject(error);
    this.#closed.reject(error);
    this.#replies?.error(error);
  }
}
