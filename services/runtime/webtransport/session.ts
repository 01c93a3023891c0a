/** How a session ended: `closeCode` 0..2^32-1 (0 when absent), `reason` at most 1,024 bytes of UTF-8. */
export interface SessionCloseInfo {
  readonly closeCode?: number;
  readonly reason?: string;
}

/** Both directions of one stream. */
export interface BidirectionalStream {
  readonly readable: ReadableStream<Uint8Array>;
  readonly writable: WritableStream<Uint8Array>;
}

/** How a new stream is scheduled against the others of its session. */
export interface SendStreamOptions {
  /** Streams with a higher number are sent first; a 32-bit signed integer, 0 when absent. */
  readonly sendOrder?: number;
}

/**
 * A WebTransport session, as both ends see it. Structurally a subset of the W3C `WebTransport`
 * interface, so that a browser's `WebTransport` fits.
 *
 * What the implementations of this folder add to the W3C text:
 * - the readable side of every stream is a byte stream and can be read with a BYOB reader;
 * - `await writer.write()` is no backpressure over QUIC: bound what is in flight from the
 *   receiver's acknowledgements;
 * - `close()` and `abort()` of a writable both end the stream after all that was written;
 *   `cancel()` of a readable tells the sender to stop, whose next writes fail;
 * - a stream that is open when the session ends fails on both sides, at the latest
 *   when the connection below is gone.
 */
export interface WebTransportSession {
  /** Resolves when the session is established; rejects with {@link WebTransportError}. */
  readonly ready: Promise<void>;
  /**
   * Resolves when either end has closed the session, with the code and reason it gave.
   * Rejects with {@link WebTransportError} when the connection failed instead (idle timeout,
   * protocol error). Has a handler already: an ignored rejection does not end the process.
   */
  readonly closed: Promise<SessionCloseInfo>;
  /** Unreliable messages, at most 1,100 bytes each; larger ones are dropped and counted. */
  readonly datagrams: {
    readonly readable: ReadableStream<Uint8Array>;
    readonly writable: WritableStream<Uint8Array>;
  };
  /** Streams the peer opened; closes when the session ends. */
  readonly incomingUnidirectionalStreams: ReadableStream<ReadableStream<Uint8Array>>;
  /** Streams the peer opened; closes when the session ends. */
  readonly incomingBidirectionalStreams: ReadableStream<BidirectionalStream>;
  /** Opens a stream; waits for the peer's permission when its limit of open streams is reached. */
  createUnidirectionalStream(options?: SendStreamOptions): Promise<WritableStream<Uint8Array>>;
  /** Opens a stream; waits for the peer's permission when its limit of open streams is reached. */
  createBidirectionalStream(options?: SendStreamOptions): Promise<BidirectionalStream>;
  /** Ends the session for both sides. Never throws; a second call does nothing. */
  close(info?: SessionCloseInfo): void;
}

/** Takes a received datagram; false: it wants no more for now. Must not throw. */
export type TakeDatagram = (datagram: Uint8Array) => boolean;

/** A session a client opened at our listener. */
export interface ServerSession extends WebTransportSession {
  /** Path and query of the URL the client connected to, at most 2 KiB. Never log it. */
  readonly path: string;
  /** The client's IP address without a port; IPv4 in dotted form. */
  readonly remoteAddress: string;
  /**
   * Tells the transport that the client has proved who it is: the session no longer counts
   * against the cap of unauthenticated connections of its address. May be called again.
   */
  authenticated(): void;
  /**
   * From now on hands datagrams to `take` instead of to `datagrams.readable`, which costs less.
   * After `take` has returned false they wait in the transport, where the oldest of too many are
   * dropped, until the returned function is called. Those that wait do not wake the process,
   * which costs more than to take them later. `take` is not called after the session has ended.
   */
  takeDatagrams(take: TakeDatagram): () => void;
}

/** Why a session could not be established or failed; `reason` is fit for metrics labels. */
export type WebTransportFailure =
  /** No answer, idle timeout, or the peer vanished. */
  | "connection-lost"
  /** The peer did not complete the handshake in time. */
  | "deadline"
  /** The peer refused the session (HTTP status, or refused the connection). */
  | "refused"
  /** The peer broke HTTP/3 or WebTransport rules. */
  | "protocol"
  /** The operation needs a session that is open, and this one is not. */
  | "closed";

/** A session failed, or never came to be. */
export class WebTransportError extends Error {
  override readonly name = "WebTransportError";
  readonly failure: WebTransportFailure;

  constructor(failure: WebTransportFailure, message: string, options?: ErrorOptions) {
    super(message, options);
    this.failure = failure;
  }
}
