import type { ConnectStream } from "./connect_stream.ts";
import type { TransportCounters } from "./counters.ts";
import { discardBidirectionalStream } from "./http3_connection.ts";
import { encodeCloseSession, truncateReason } from "./http3/capsules.ts";
import { Http3ErrorCode } from "./http3/error_codes.ts";
import { IncomingStreams } from "./incoming_streams.ts";
import type { TransportLimits } from "./limits.ts";
import { QuicDatagrams } from "./quic_datagrams.ts";
import {
  type BidirectionalStream,
  type SendStreamOptions,
  type ServerSession,
  type SessionCloseInfo,
  type TakeDatagram,
  WebTransportError,
} from "./session.ts";
import {
  BIDIRECTIONAL_SIGNAL,
  encodeStreamOpening,
  UNIDIRECTIONAL_STREAM_TYPE,
} from "./stream_opening.ts";

/**
 * The side that receives a close code keeps the connection this long, ms, so that the application
 * can still read what arrived together with it.
 */
const RECEIVED_CLOSE_LINGER_MS = 50;

/** What an established session works with. */
interface Established {
  readonly quic: Deno.QuicConn;
  readonly connectStream: ConnectStream;
  readonly unidirectionalOpening: Uint8Array;
  readonly bidirectionalOpening: Uint8Array;
}

type State =
  | {
    readonly kind: "connecting";
    /** Streams that overtook the CONNECT request or its answer. */
    readonly unidirectional: [sessionId: number, stream: ReadableStream<Uint8Array>][];
    readonly bidirectional: [sessionId: number, stream: Deno.QuicBidirectionalStream][];
  }
  | ({ readonly kind: "open" } & Established)
  | { readonly kind: "ended" };

/** Who the session is with; empty at a client. */
export interface SessionPeer {
  readonly path: string;
  readonly remoteAddress: string;
  readonly onAuthenticated: () => void;
}

/** A session over QUIC, for either end. Whoever makes it feeds it from its {@link Http3Connection}. */
export class QuicSession implements ServerSession {
  readonly datagrams: QuicDatagrams;
  readonly #limits: TransportLimits;
  readonly #counters: TransportCounters;
  readonly #ready = Promise.withResolvers<void>();
  readonly #closed = Promise.withResolvers<SessionCloseInfo>();
  readonly #established = Promise.withResolvers<Established>();
  readonly #incomingUnidirectional = new IncomingStreams<ReadableStream<Uint8Array>>(
    (stream) => stream.cancel().catch(() => {}),
  );
  readonly #incomingBidirectional = new IncomingStreams<BidirectionalStream>(
    discardBidirectionalStream,
  );
  #state: State = { kind: "connecting", unidirectional: [], bidirectional: [] };
  #peer: SessionPeer = { path: "", remoteAddress: "", onAuthenticated() {} };
  #linger: ReturnType<typeof setTimeout> | undefined;

  constructor(limits: TransportLimits, counters: TransportCounters) {
    this.#limits = limits;
    this.#counters = counters;
    this.datagrams = new QuicDatagrams(limits.maxWaitingDatagrams, counters);
    for (const { promise } of [this.#ready, this.#closed, this.#established]) {
      promise.catch(() => {});
    }
  }

  get ready(): Promise<void> {
    return this.#ready.promise;
  }

  get closed(): Promise<SessionCloseInfo> {
    return this.#closed.promise;
  }

  get path(): string {
    return this.#peer.path;
  }

  get remoteAddress(): string {
    return this.#peer.remoteAddress;
  }

  get incomingUnidirectionalStreams(): ReadableStream<ReadableStream<Uint8Array>> {
    return this.#incomingUnidirectional.readable;
  }

  get incomingBidirectionalStreams(): ReadableStream<BidirectionalStream> {
    return this.#incomingBidirectional.readable;
  }

  /** Whether neither end has closed the session and the connection lives. */
  get isOpen(): boolean {
    return this.#state.kind === "open";
  }

  authenticated(): void {
    this.#peer.onAuthenticated();
  }

  takeDatagrams(take: TakeDatagram): () => void {
    return this.datagrams.takeWith(take);
  }

  async createUnidirectionalStream(
    options: SendStreamOptions = {},
  ): Promise<WritableStream<Uint8Array>> {
    const { quic, unidirectionalOpening } = await this.#whenOpen();
    try {
      const stream = await quic.createUnidirectionalStream({
        sendOrder: options.sendOrder,
        waitUntilAvailable: true,
      });
      await writeOpening(stream, unidirectionalOpening);
      return stream;
    } catch (cause) {
      throw sessionEnded(cause);
    }
  }

  async createBidirectionalStream(options: SendStreamOptions = {}): Promise<BidirectionalStream> {
    const { quic, bidirectionalOpening } = await this.#whenOpen();
    try {
      const { readable, writable } = await quic.createBidirectionalStream({
        sendOrder: options.sendOrder,
        waitUntilAvailable: true,
      });
      await writeOpening(writable, bidirectionalOpening);
      return { readable, writable };
    } catch (cause) {
      throw sessionEnded(cause);
    }
  }

  close(info: SessionCloseInfo = {}): void {
    const state = this.#state;
    const close = {
      closeCode: (info.closeCode ?? 0) >>> 0,
      reason: truncateReason(info.reason ?? ""),
    };
    if (state.kind === "connecting") this.fail(sessionEnded());
    if (state.kind !== "open") return;
    this.#end();
    this.#closed.resolve(close);
    const { connectStream } = state;
    connectStream.send(encodeCloseSession(close)).then(() => connectStream.finish());
    // The peer answers by closing the connection; when it does not, we do.
    this.#closeConnectionAfter(state.quic, this.#limits.closeLingerMs);
  }

  /** A stream of the peer with the header of a session's. */
  offerUnidirectional(sessionId: number, stream: ReadableStream<Uint8Array>): void {
    const state = this.#state;
    if (state.kind === "connecting") {
      state.unidirectional.push([sessionId, stream]);
    } else if (state.kind === "open" && state.connectStream.id === sessionId) {
      this.#incomingUnidirectional.push(stream);
    } else {
      this.#counters.streamsIgnored++;
      stream.cancel().catch(() => {});
    }
  }

  /** A stream of the peer with the header of a session's. */
  offerBidirectional(sessionId: number, stream: Deno.QuicBidirectionalStream): void {
    const state = this.#state;
    if (state.kind === "connecting") {
      state.bidirectional.push([sessionId, stream]);
    } else if (state.kind === "open" && state.connectStream.id === sessionId) {
      const { readable, writable } = stream;
      this.#incomingBidirectional.push({ readable, writable });
    } else {
      this.#counters.streamsIgnored++;
      discardBidirectionalStream(stream);
    }
  }

  /** The request was accepted: the session is open. */
  establish(quic: Deno.QuicConn, connectStream: ConnectStream, peer?: SessionPeer): void {
    const state = this.#state;
    if (state.kind !== "connecting") return;
    const established = {
      quic,
      connectStream,
      unidirectionalOpening: encodeStreamOpening(UNIDIRECTIONAL_STREAM_TYPE, connectStream.id),
      bidirectionalOpening: encodeStreamOpening(BIDIRECTIONAL_SIGNAL, connectStream.id),
    };
    this.#state = { kind: "open", ...established };
    if (peer) this.#peer = peer;
    this.#counters.sessionsEstablished++;
    this.#established.resolve(established);
    this.#ready.resolve();
    for (const [sessionId, stream] of state.unidirectional) {
      this.offerUnidirectional(sessionId, stream);
    }
    for (const [sessionId, stream] of state.bidirectional) {
      this.offerBidirectional(sessionId, stream);
    }
    this.datagrams.start(quic, connectStream.id);
  }

  /** The peer has closed the session, with a capsule or by ending its CONNECT stream. */
  endedByPeer(info: SessionCloseInfo): void {
    const state = this.#state;
    if (state.kind !== "open") return;
    this.#end();
    this.#closed.resolve(info);
    this.#closeConnectionAfter(state.quic, RECEIVED_CLOSE_LINGER_MS, state.connectStream);
  }

  /** The session failed, or never came to be. The caller closes the connection. */
  fail(error: WebTransportError): void {
    if (this.#state.kind === "ended") return;
    this.#end(error);
    this.#ready.reject(error);
    this.#established.reject(error);
    this.#closed.reject(error);
  }

  /** The connection is gone: nothing lingers. `info` is what the peer closed it with. */
  connectionClosed(info: Deno.QuicCloseInfo | undefined, cause?: unknown): void {
    clearTimeout(this.#linger);
    const orderly = info &&
      (info.closeCode === 0 || info.closeCode === Http3ErrorCode.noError);
    if (orderly && this.#state.kind === "open") {
      this.#end();
      this.#closed.resolve({ closeCode: 0, reason: "" });
      return;
    }
    const why = info ? `closed with code ${info.closeCode}` : "lost";
    this.fail(new WebTransportError("connection-lost", `the connection was ${why}`, { cause }));
  }

  #end(error: WebTransportError = sessionEnded()): void {
    const state = this.#state;
    this.#state = { kind: "ended" };
    if (state.kind === "connecting") {
      for (const [, stream] of state.unidirectional) stream.cancel().catch(() => {});
      for (const [, stream] of state.bidirectional) discardBidirectionalStream(stream);
    }
    this.#incomingUnidirectional.close();
    this.#incomingBidirectional.close();
    this.datagrams.close(error);
  }

  #closeConnectionAfter(quic: Deno.QuicConn, lingerMs: number, connectStream?: ConnectStream) {
    this.#linger = setTimeout(() => {
      connectStream?.finish();
      quic.close({ closeCode: Http3ErrorCode.noError, reason: "" });
    }, lingerMs);
  }

  async #whenOpen(): Promise<Established> {
    if (this.#state.kind === "connecting") await this.#established.promise;
    if (this.#state.kind !== "open") throw sessionEnded();
    return this.#state;
  }
}

async function writeOpening(
  stream: WritableStream<Uint8Array>,
  opening: Uint8Array,
): Promise<void> {
  const writer = stream.getWriter();
  await writer.write(opening);
  writer.releaseLock();
}

function sessionEnded(cause?: unknown): WebTransportError {
  return new WebTransportError("closed", "the session has ended", { cause });
}
