import { AddressLimiter, plainAddress } from "./address_limiter.ts";
import type { Certificate } from "./certificate.ts";
import { createTransportCounters, type TransportCounters } from "./counters.ts";
import { Http3ErrorCode } from "./http3/error_codes.ts";
import { SERVER_LIMITS, type TransportLimits } from "./limits.ts";
import { ServerConnection } from "./server_connection.ts";
import type { ServerSession, SessionCloseInfo } from "./session.ts";
import { SessionQueue } from "./session_queue.ts";

/** The name of HTTP/3 in TLS (RFC 9114 §3.1). */
const ALPN_PROTOCOLS = ["h3"];

export interface ListenOptions {
  /** Address to bind. */
  readonly hostname: string;
  /** UDP port to bind; 0 takes a free one. */
  readonly port: number;
  readonly certificate: Pick<Certificate, "cert" | "key" | "hash"> & { readonly pinned?: boolean };
  readonly limits?: Partial<TransportLimits>;
  /** How QUIC paces what it sends; "low-latency" is BBR, the others are Cubic. */
  readonly congestionControl?: CongestionControl;
  /** Aborting closes the listener. */
  readonly signal?: AbortSignal;
}

/** QUIC's congestion control as Deno names it; a client's own choice rules its own sending. */
export type CongestionControl = "default" | "throughput" | "low-latency";

/** Takes WebTransport sessions on one UDP port. Iterate it to get them. */
export interface WebTransportListener extends AsyncDisposable, AsyncIterable<ServerSession> {
  /** The UDP port it is bound to. */
  readonly port: number;
  /** SHA-256 hashes that clients must pin; empty when they trust the certificate anyway. */
  readonly certificateHashes: Uint8Array[];
  /** What it has seen so far; live numbers. */
  readonly counters: Readonly<TransportCounters>;
  /** Serves this certificate from now on; sessions that are open live on. */
  rotateCertificate(certificate: ListenOptions["certificate"]): void;
  /**
   * Takes no more sessions, closes those that are open with `info`, and resolves when the peers
   * had time to hear of it. A second call waits for the first.
   */
  close(info?: SessionCloseInfo): Promise<void>;
}

/**
 * Listens for WebTransport sessions over HTTP/3.
 *
 * @throws {Deno.errors.AddrInUse} when the port is taken; other errors of the operating system,
 * and errors of a certificate that cannot be used.
 */
export function listenWebTransport(options: ListenOptions): WebTransportListener {
  return new QuicWebTransportListener(options);
}

/** Listeners in use. Collecting a `QuicListener` would stop the endpoint that it belongs to. */
const keptListeners = new Set<readonly Deno.QuicListener[]>();

class QuicWebTransportListener implements WebTransportListener {
  readonly counters: TransportCounters = createTransportCounters();
  readonly port: number;
  readonly #limits: TransportLimits;
  readonly #congestionControl: CongestionControl;
  readonly #endpoint: Deno.QuicEndpoint;
  readonly #listeners: Deno.QuicListener[] = [];
  readonly #addresses: AddressLimiter;
  readonly #queue: SessionQueue;
  readonly #connections = new Set<ServerConnection>();
  readonly #signal: AbortSignal | undefined;
  readonly #abort = () => void this.close();
  #certificateHashes: Uint8Array[] = [];
  #closing: Promise<void> | undefined;

  constructor(options: ListenOptions) {
    const { hostname, port, certificate, limits, signal, congestionControl = "default" } = options;
    this.#limits = { ...SERVER_LIMITS, ...limits };
    this.#congestionControl = congestionControl;
    this.#addresses = new AddressLimiter(this.#limits.maxUnauthenticatedPerAddress);
    this.#queue = new SessionQueue(this.#limits.maxWaitingSessions);
    this.#endpoint = new Deno.QuicEndpoint({ hostname, port });
    try {
      this.rotateCertificate(certificate);
    } catch (error) {
      this.#endpoint.close();
      throw error;
    }
    this.port = this.#endpoint.addr.port;
    keptListeners.add(this.#listeners);
    this.#signal = signal;
    signal?.addEventListener("abort", this.#abort, { once: true });
    this.#accept(this.#listeners[0]!);
    if (signal?.aborted) this.#abort();
  }

  get certificateHashes(): Uint8Array[] {
    return this.#certificateHashes;
  }

  rotateCertificate(certificate: ListenOptions["certificate"]): void {
    this.#listeners.push(this.#endpoint.listen({
      cert: certificate.cert,
      key: certificate.key,
      alpnProtocols: ALPN_PROTOCOLS,
      maxIdleTimeout: this.#limits.maxIdleTimeoutMs,
      keepAliveInterval: this.#limits.keepAliveIntervalMs,
      maxConcurrentUnidirectionalStreams: this.#limits.maxIncomingUnidirectionalStreams,
      maxConcurrentBidirectionalStreams: this.#limits.maxIncomingBidirectionalStreams,
      congestionControl: this.#congestionControl,
    }));
    this.#certificateHashes = certificate.pinned === false ? [] : [certificate.hash];
  }

  [Symbol.asyncIterator](): AsyncIterator<ServerSession> {
    return { next: () => this.#queue.next() };
  }

  close(info?: SessionCloseInfo): Promise<void> {
    return this.#closing ??= this.#close(info);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #close(info: SessionCloseInfo | undefined): Promise<void> {
    this.#signal?.removeEventListener("abort", this.#abort);
    this.#queue.close();
    for (const listener of this.#listeners) listener.stop();
    const ended = [...this.#connections].map((connection) => connection.close(info));
    // Peers that answer end this wait early; the others get the end of the endpoint.
    await within(Promise.all(ended), this.#limits.endpointCloseLingerMs);
    this.#endpoint.close({ closeCode: Http3ErrorCode.noError, reason: "" });
    await within(new Promise(() => {}), this.#limits.endpointCloseLingerMs);
    keptListeners.delete(this.#listeners);
  }

  /** Ends when the endpoint is closed. Never rejects. */
  async #accept(listener: Deno.QuicListener): Promise<void> {
    for (;;) {
      let incoming: Deno.QuicIncoming;
      try {
        incoming = await listener.incoming();
      } catch {
        return;
      }
      try {
        this.#take(incoming);
      } catch {
        // A first packet that quinn cannot accept concerns nobody else.
        this.counters.protocolErrors++;
      }
    }
  }

  #take(incoming: Deno.QuicIncoming): void {
    if (this.#closing || this.counters.handshakesUnderWay >= this.#limits.maxConcurrentHandshakes) {
      if (!this.#closing) this.counters.handshakesRefused++;
      incoming.refuse();
      return;
    }
    // Early acceptance lets our SETTINGS leave with the server's first flight. The address of an
    // Incoming cannot be read without consuming it, so its limit is applied after that.
    const quic = incoming.accept<true>({ zeroRtt: true });
    const address = plainAddress(quic.remoteAddr.hostname);
    const leave = this.#addresses.enter(address);
    if (!leave) {
      this.counters.addressesRefused++;
      quic.closed.catch(() => {});
      quic.close({
        closeCode: Http3ErrorCode.excessiveLoad,
        reason: "too many unauthenticated connections",
      });
      return;
    }
    const connection = new ServerConnection(quic, this.#limits, this.counters, {
      remoteAddress: address,
      onAuthenticated: leave,
    });
    this.#connections.add(connection);
    this.#serve(connection).finally(() => {
      leave();
      this.#connections.delete(connection);
    });
  }

  /** Never rejects. */
  async #serve(connection: ServerConnection): Promise<void> {
    const ended = connection.run();
    const session = await connection.session;
    if (session && !this.#queue.push(session)) {
      if (!this.#closing) this.counters.sessionsNotTaken++;
      connection.quic.close({ closeCode: Http3ErrorCode.excessiveLoad, reason: "overloaded" });
    }
    await ended;
  }
}

async function within(promise: Promise<unknown>, timeoutMs: number): Promise<void> {
  const timeout = Promise.withResolvers<void>();
  const timer = setTimeout(timeout.resolve, timeoutMs);
  await Promise.race([promise, timeout.promise]);
  clearTimeout(timer);
}
