/** How a session ended: `closeCode` is 0 when absent, `reason` is text for people. */
export interface SessionCloseInfo {
  readonly closeCode?: number;
  readonly reason?: string;
}

/** Both directions of one stream. */
export interface BidirectionalStream {
  readonly readable: ReadableStream<Uint8Array>;
  readonly writable: WritableStream<Uint8Array>;
}

/** How a new stream is scheduled against the others of its session; higher numbers go first. */
export interface SendStreamOptions {
  readonly sendOrder?: number;
}

/**
 * A WebTransport session as the client uses it: structurally a subset of the W3C `WebTransport`
 * interface, so that a browser's `WebTransport` fits, and so does the session of our own servers.
 */
export interface WebTransportSession {
  /** Resolves when the session is established. */
  readonly ready: Promise<void>;
  /** Resolves when either end closed the session; rejects when the connection failed instead. */
  readonly closed: Promise<SessionCloseInfo>;
  /** Unreliable messages, at most 1,100 bytes each. */
  readonly datagrams: {
    readonly readable: ReadableStream<Uint8Array>;
    readonly writable: WritableStream<Uint8Array>;
    /** Milliseconds after which a datagram that has not left is dropped, where that can be set. */
    outgoingMaxAge?: number | null;
  };
  /** Streams that the server opened. */
  readonly incomingUnidirectionalStreams: ReadableStream<ReadableStream<Uint8Array>>;
  createUnidirectionalStream(options?: SendStreamOptions): Promise<WritableStream<Uint8Array>>;
  createBidirectionalStream(options?: SendStreamOptions): Promise<BidirectionalStream>;
  /** Ends the session for both sides. */
  close(info?: SessionCloseInfo): void;
}

/**
 * Why a server ended a session (the close code of the WebTransport session; proto/README.md).
 * 0 is the normal end, after a leave request.
 */
export const CloseCode = {
  normal: 0,
  invalidRequest: 1,
  unauthorized: 2,
  timeout: 3,
  superseded: 4,
  goingAway: 5,
  meetingEnded: 6,
  removed: 7,
  tooSlow: 8,
  internalError: 9,
  overLimit: 10,
  denied: 11,
  banned: 12,
} as const;
export type CloseCode = typeof CloseCode[keyof typeof CloseCode];

/** An authenticated media session, as senders and receivers use it. */
export interface MediaPath {
  readonly session: WebTransportSession;
  readonly datagrams: { send(datagram: Uint8Array): void };
}
