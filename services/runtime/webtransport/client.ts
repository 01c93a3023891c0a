import { ConnectStream } from "./connect_stream.ts";
import { createTransportCounters, type TransportCounters } from "./counters.ts";
import { discardBidirectionalStream, Http3Connection } from "./http3_connection.ts";
import { decodeConnectResponse, encodeConnectRequest } from "./http3/connect_headers.ts";
import { Http3ErrorCode } from "./http3/error_codes.ts";
import { announcesWebTransport } from "./http3/settings.ts";
import { CLIENT_LIMITS, type TransportLimits } from "./limits.ts";
import { QuicSession } from "./quic_session.ts";
import { WebTransportError, type WebTransportSession } from "./session.ts";

/** How our own client connects. */
export interface ConnectOptions {
  /** SHA-256 hashes of certificates to trust; without any, the system's authorities decide. */
  readonly certificateHashes?: readonly Uint8Array[];
  /** Aborting closes the session, or stops connecting. */
  readonly signal?: AbortSignal;
  /** Share one UDP socket between many sessions; the caller closes it. */
  readonly endpoint?: Deno.QuicEndpoint;
  readonly limits?: Partial<TransportLimits>;
  /** Where to count; a new object when absent. */
  readonly counters?: TransportCounters;
}

/**
 * Opens a WebTransport session like a browser's `new WebTransport(url)`: returns at once, `ready`
 * tells when it is open.
 *
 * @param url an `https:` URL.
 * @throws {TypeError} when the URL is none of these.
 */
export function openWebTransport(url: string, options: ConnectOptions = {}): WebTransportSession {
  const target = new URL(url);
  if (target.protocol !== "https:") throw new TypeError("a WebTransport URL is an https: URL");
  const limits = { ...CLIENT_LIMITS, ...options.limits };
  const counters = options.counters ?? createTransportCounters();
  const session = new QuicSession(limits, counters);
  runClient(target, session, limits, counters, options);
  return session;
}

/**
 * Opens a WebTransport session and waits until it is open.
 *
 * @param url an `https:` URL.
 * @throws {WebTransportError} when it cannot be opened.
 */
export async function connectWebTransport(
  url: string,
  options: ConnectOptions = {},
): Promise<WebTransportSession> {
  const session = openWebTransport(url, options);
  await session.ready;
  return session;
}

/** Connects, asks for the session, and serves the connection until it is closed. Never rejects. */
async function runClient(
  target: URL,
  session: QuicSession,
  limits: TransportLimits,
  counters: TransportCounters,
  { certificateHashes, signal, endpoint }: ConnectOptions,
): Promise<void> {
  const ownEndpoint = endpoint ? undefined : bindEndpoint();
  const deadline = setTimeout(() => {
    session.fail(new WebTransportError("deadline", "no session in time"));
    ownEndpoint?.close();
  }, limits.connectDeadlineMs);
  const stopOnAbort = () => session.close();
  signal?.addEventListener("abort", stopOnAbort, { once: true });
  if (signal?.aborted) stopOnAbort();
  try {
    const quic = await connectQuic(target, limits, certificateHashes, endpoint ?? ownEndpoint);
    session.closed.catch(() => quic.close({ closeCode: Http3ErrorCode.noError, reason: "" }));
    requestSession(quic, target, session, limits, counters);
    session.ready.then(() => clearTimeout(deadline), () => {});
    session.connectionClosed(await quic.closed);
  } catch (cause) {
    session.connectionClosed(undefined, cause);
  } finally {
    clearTimeout(deadline);
    signal?.removeEventListener("abort", stopOnAbort);
    ownEndpoint?.close();
  }
}

function connectQuic(
  target: URL,
  limits: TransportLimits,
  certificateHashes: readonly Uint8Array[] | undefined,
  endpoint: Deno.QuicEndpoint | undefined,
): Promise<Deno.QuicConn> {
  const options = {
    // Brackets belong to the URL, not to the address.
    hostname: target.hostname.replace(/^\[|\]$/g, ""),
    port: Number(target.port || "443"),
    alpnProtocols: ["h3"],
    endpoint,
    maxIdleTimeout: limits.maxIdleTimeoutMs,
    keepAliveInterval: limits.keepAliveIntervalMs,
    maxConcurrentUnidirectionalStreams: limits.maxIncomingUnidirectionalStreams,
    maxConcurrentBidirectionalStreams: limits.maxIncomingBidirectionalStreams,
    // Deno takes this as its own WebTransport does, though its types do not say so.
    serverCertificateHashes: certificateHashes?.length
      ? certificateHashes.map((value) => ({ algorithm: "sha-256", value }))
      : undefined,
  };
  return Deno.connectQuic<false>(options);
}

/** A socket for both IP versions, or for IPv4 where the system has no other. */
function bindEndpoint(): Deno.QuicEndpoint {
  try {
    return new Deno.QuicEndpoint({ hostname: "::", port: 0 });
  } catch {
    return new Deno.QuicEndpoint({ hostname: "0.0.0.0", port: 0 });
  }
}

/** Sends CONNECT once the server's SETTINGS are there, and feeds the session. */
function requestSession(
  quic: Deno.QuicConn,
  target: URL,
  session: QuicSession,
  limits: TransportLimits,
  counters: TransportCounters,
): void {
  const http3 = new Http3Connection(quic, limits, counters, {
    onSettings: (settings) => {
      if (announcesWebTransport(settings)) {
        sendConnect().catch((cause) => refuse("no stream for the request", cause));
      } else {
        refuse("the server announces no WebTransport");
      }
    },
    // A server opens no requests.
    onRequest: discardBidirectionalStream,
    onUnidirectionalStream: (id, stream) => session.offerUnidirectional(id, stream),
    onBidirectionalStream: (id, stream) => session.offerBidirectional(id, stream),
  });
  http3.run();

  function refuse(why: string, cause?: unknown): void {
    session.fail(new WebTransportError("refused", why, { cause }));
  }

  async function sendConnect(): Promise<void> {
    const stream = new ConnectStream(await quic.createBidirectionalStream());
    await stream.send(encodeConnectRequest(target.host, target.pathname + target.search));
    try {
      await stream.run(new Uint8Array(0), {
        onHeaders: (section) => {
          const status = decodeConnectResponse(section);
          if (status === 200) session.establish(quic, stream);
          else refuse(`the server answered with status ${status}`);
        },
        onClose: (close) => session.endedByPeer(close),
      });
      session.endedByPeer({ closeCode: 0, reason: "" });
      if (!session.isOpen) refuse("the server ended the request");
    } catch (error) {
      http3.fail(error);
    }
  }
}
