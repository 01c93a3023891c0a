import { createTransportCounters, type TransportCounters } from "./counters.ts";
import { DatagramQueue } from "./datagram_queue.ts";
import { IncomingStreams } from "./incoming_streams.ts";
import { InMemoryPipe } from "./in_memory_pipe.ts";
import { truncateReason } from "./http3/capsules.ts";
import {
  CLIENT_LIMITS,
  HTTP3_BIDIRECTIONAL_STREAMS,
  HTTP3_UNIDIRECTIONAL_STREAMS,
  MAX_DATAGRAM_LENGTH,
  SERVER_LIMITS,
  type TransportLimits,
} from "./limits.ts";
import { OpenStreams } from "./open_streams.ts";
import {
  type BidirectionalStream,
  type ServerSession,
  type SessionCloseInfo,
  type TakeDatagram,
  WebTransportError,
  type WebTransportSession,
} from "./session.ts";

/** What a test may choose of a pair. */
export interface SessionPairOptions {
  readonly path?: string;
  readonly remoteAddress?: string;
  readonly clientLimits?: Partial<TransportLimits>;
  readonly serverLimits?: Partial<TransportLimits>;
}

/**
 * The two ends of a session without a network, with the semantics and bounds of a real one:
 * streams both ways with the same limits of open streams, datagrams that are dropped when nobody
 * reads them, close codes both ways. Streams that are open when it closes fail at once and what
 * was not read is lost: over a network that may happen too.
 */
export function createSessionPair(
  options: SessionPairOptions = {},
): [client: WebTransportSession, server: ServerSession] {
  const client = new InMemorySession({ ...CLIENT_LIMITS, ...options.clientLimits }, options);
  const server = new InMemorySession({ ...SERVER_LIMITS, ...options.serverLimits }, options);
  client.connect(server);
  server.connect(client);
  return [client, server];
}

class InMemorySession implements ServerSession {
  readonly ready = Promise.resolve();
  readonly path: string;
  readonly remoteAddress: string;
  readonly datagrams: WebTransportSession["datagrams"];
  readonly #closed = Promise.withResolvers<SessionCloseInfo>();
  readonly #counters: TransportCounters = createTransportCounters();
  readonly #datagramQueue: DatagramQueue;
  readonly #incomingUnidirectional = new IncomingStreams<ReadableStream<Uint8Array>>(cancel);
  readonly #incomingBidirectional = new IncomingStreams<BidirectionalStream>(
    (stream) => cancel(stream.readable),
  );
  /** Permissions for the peer to open streams here. */
  readonly #unidirectionalLimit: OpenStreams;
  readonly #bidirectionalLimit: OpenStreams;
  readonly #pipes = new Set<InMemoryPipe>();
  #datagramWriter: WritableStreamDefaultController | undefined;
  #peer: InMemorySession | undefined;
  #ended = false;

  constructor(limits: TransportLimits, options: SessionPairOptions) {
    this.path = options.path ?? "/";
    this.remoteAddress = options.remoteAddress ?? "127.0.0.1";
    this.#datagramQueue = new DatagramQueue(limits.maxWaitingDatagrams, this.#counters);
    this.#unidirectionalLimit = new OpenStreams(
      limits.maxIncomingUnidirectionalStreams - HTTP3_UNIDIRECTIONAL_STREAMS,
    );
    this.#bidirectionalLimit = new OpenStreams(
      limits.maxIncomingBidirectionalStreams - HTTP3_BIDIRECTIONAL_STREAMS,
    );
    this.datagrams = {
      readable: this.#datagramQueue.readable,
      writable: new WritableStream<Uint8Array>({
        start: (controller) => {
          this.#datagramWriter = controller;
        },
        write: (datagram) => this.#sendDatagram(datagram),
      }),
    };
    this.#closed.promise.catch(() => {});
  }

  get closed(): Promise<SessionCloseInfo> {
    return this.#closed.promise;
  }

  get incomingUnidirectionalStreams(): ReadableStream<ReadableStream<Uint8Array>> {
    return this.#incomingUnidirectional.readable;
  }

  get incomingBidirectionalStreams(): ReadableStream<BidirectionalStream> {
    return this.#incomingBidirectional.readable;
  }

  connect(peer: InMemorySession): void {
    this.#peer = peer;
  }

  async createUnidirectionalStream(): Promise<WritableStream<Uint8Array>> {
    const peer = this.#openPeer();
    await peer.#unidirectionalLimit.open();
    const pipe = this.#openPeer().#addPipe();
    pipe.finished.then(() => peer.#unidirectionalLimit.finish());
    peer.#incomingUnidirectional.push(pipe.readable);
    return pipe.writable;
  }

  async createBidirectionalStream(): Promise<BidirectionalStream> {
    const peer = this.#openPeer();
    await peer.#bidirectionalLimit.open();
    const there = this.#openPeer().#addPipe();
    const back = peer.#addPipe();
    Promise.all([there.finished, back.finished]).then(() => peer.#bidirectionalLimit.finish());
    peer.#incomingBidirectional.push({ readable: there.readable, writable: back.writable });
    return { readable: back.readable, writable: there.writable };
  }

  close(info: SessionCloseInfo = {}): void {
    if (this.#ended) return;
    const closeInfo = {
      closeCode: (info.closeCode ?? 0) >>> 0,
      reason: truncateReason(info.reason ?? ""),
    };
    this.#end(closeInfo);
    const peer = this.#peer;
    queueMicrotask(() => peer && peer.#end(closeInfo));
  }

  authenticated(): void {}

  takeDatagrams(take: TakeDatagram): () => void {
    return this.#datagramQueue.takeWith(take);
  }

  #addPipe(): InMemoryPipe {
    const pipe = new InMemoryPipe();
    this.#pipes.add(pipe);
    pipe.finished.then(() => this.#pipes.delete(pipe));
    return pipe;
  }

  #openPeer(): InMemorySession {
    if (this.#ended || !this.#peer) throw sessionEnded();
    return this.#peer;
  }

  #sendDatagram(datagram: Uint8Array): void {
    if (datagram.length > MAX_DATAGRAM_LENGTH) this.#counters.datagramsNotSent++;
    else this.#openPeer().#datagramQueue.push(datagram.slice());
  }

  #end(info: SessionCloseInfo): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#closed.resolve(info);
    this.#unidirectionalLimit.close(sessionEnded());
    this.#bidirectionalLimit.close(sessionEnded());
    for (const pipe of this.#pipes) pipe.fail(sessionEnded());
    this.#incomingUnidirectional.close();
    this.#incomingBidirectional.close();
    this.#datagramQueue.close();
    this.#datagramWriter?.error(sessionEnded());
  }
}

function sessionEnded(): WebTransportError {
  return new WebTransportError("closed", "the session has ended");
}

function cancel(stream: ReadableStream<Uint8Array>): void {
  stream.cancel().catch(() => {});
}
