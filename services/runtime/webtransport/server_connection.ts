import { ConnectStream } from "./connect_stream.ts";
import type { TransportCounters } from "./counters.ts";
import { Http3Connection } from "./http3_connection.ts";
import { decodeConnectRequest, encodeConnectResponse } from "./http3/connect_headers.ts";
import type { CloseSession } from "./http3/capsules.ts";
import { Http3Error, Http3ErrorCode } from "./http3/error_codes.ts";
import { QuicSession } from "./quic_session.ts";
import type { SessionPeer } from "./quic_session.ts";
import type { SessionCloseInfo } from "./session.ts";
import type { TransportLimits } from "./limits.ts";

/** HTTP status of the answer to a request for anything but a session. */
const STATUS_NOT_FOUND = 404;
/** HTTP status of the answer to a second session on one connection. */
const STATUS_TOO_MANY_REQUESTS = 429;

/** A request that opens no session and does not harm the connection. */
class RequestRefused extends Error {
  override readonly name = "RequestRefused";
  readonly status: number;

  constructor(status: number) {
    super(`refused with status ${status}`);
    this.status = status;
  }
}

/**
 * One QUIC connection at the listener, from its first packet to its end: waits for SETTINGS and
 * CONNECT within the deadline, answers, and feeds the session.
 */
export class ServerConnection {
  readonly quic: Deno.QuicConn;
  readonly #limits: TransportLimits;
  readonly #counters: TransportCounters;
  readonly #peer: Omit<SessionPeer, "path">;
  readonly #http3: Http3Connection;
  readonly #session: QuicSession;
  readonly #settings = Promise.withResolvers<void>();
  readonly #request = Promise.withResolvers<{ stream: ConnectStream; path: string }>();
  readonly #outcome = Promise.withResolvers<QuicSession | undefined>();
  #hasRequest = false;
  #endedBeforeOpen: CloseSession | undefined;

  constructor(
    quic: Deno.QuicConn,
    limits: TransportLimits,
    counters: TransportCounters,
    peer: Omit<SessionPeer, "path">,
  ) {
    this.quic = quic;
    this.#limits = limits;
    this.#counters = counters;
    this.#peer = peer;
    this.#session = new QuicSession(limits, counters);
    const session = this.#session;
    this.#http3 = new Http3Connection(quic, limits, counters, {
      // Clients of some drafts announce nothing about WebTransport: their CONNECT says enough.
      onSettings: () => this.#settings.resolve(),
      onRequest: (stream, bytes) => this.#takeRequest(stream, bytes),
      onUnidirectionalStream: (id, stream) => session.offerUnidirectional(id, stream),
      onBidirectionalStream: (id, stream) => session.offerBidirectional(id, stream),
    });
  }

  /** The session once it is open; undefined when the connection ended before. Never rejects. */
  get session(): Promise<QuicSession | undefined> {
    return this.#outcome.promise;
  }

  /** Serves the connection until it is closed. Never rejects. */
  async run(): Promise<void> {
    this.#counters.connections++;
    const deadline = setTimeout(() => {
      this.#counters.connectDeadlinesMissed++;
      this.#http3.close(Http3ErrorCode.missingSettings, "no session in time");
    }, this.#limits.connectDeadlineMs);
    this.#establish().finally(() => clearTimeout(deadline));
    this.#http3.run();
    try {
      this.#session.connectionClosed(await this.quic.closed);
    } catch (error) {
      this.#session.connectionClosed(undefined, error);
    }
    clearTimeout(deadline);
    this.#outcome.resolve(undefined);
    this.#counters.connections--;
  }

  /** Closes the session, or the connection that has none yet; resolves when it is gone. */
  async close(info: SessionCloseInfo | undefined): Promise<void> {
    if (this.#session.isOpen) this.#session.close(info);
    else this.#http3.close(Http3ErrorCode.noError);
    await this.quic.closed.catch(() => {});
  }

  /** Early data can be replayed, so a session starts only after the handshake. Never rejects. */
  async #establish(): Promise<void> {
    this.#counters.handshakesUnderWay++;
    const closed = this.quic.closed.then(() => {}, () => {});
    await Promise.race([this.quic.handshake.catch(() => {}), closed]);
    this.#counters.handshakesUnderWay--;
    const request = await Promise.race([
      Promise.all([this.#request.promise, this.#settings.promise]),
      closed,
    ]);
    if (!request) return;
    const [{ stream, path }] = request;
    await stream.send(encodeConnectResponse(200));
    this.#session.establish(this.quic, stream, { ...this.#peer, path });
    this.#outcome.resolve(this.#session);
    if (this.#endedBeforeOpen) this.#session.endedByPeer(this.#endedBeforeOpen);
  }

  /** Never rejects. */
  async #takeRequest(stream: Deno.QuicBidirectionalStream, bytes: Uint8Array): Promise<void> {
    const connectStream = new ConnectStream(stream);
    let accepted = false;
    try {
      await connectStream.run(bytes, {
        onHeaders: (section) => {
          this.#takeHeaders(connectStream, section);
          accepted = true;
        },
        onClose: (close) => this.#endedByPeer(close),
      });
      if (accepted) this.#endedByPeer({ closeCode: 0, reason: "" });
      else await connectStream.finish();
    } catch (error) {
      if (!(error instanceof RequestRefused)) {
        this.#http3.fail(error);
        return;
      }
      this.#counters.streamsIgnored++;
      await connectStream.send(encodeConnectResponse(error.status));
      await connectStream.finish();
    }
  }

  #takeHeaders(stream: ConnectStream, section: Uint8Array): void {
    const request = decodeConnectRequest(section);
    // A plain request is not ours to serve; a CONNECT may still follow on another stream.
    if (request.kind === "other") throw new RequestRefused(STATUS_NOT_FOUND);
    if (request.kind === "bad-path") throw new Http3Error(Http3ErrorCode.messageError, "bad path");
    if (this.#hasRequest) throw new RequestRefused(STATUS_TOO_MANY_REQUESTS);
    this.#hasRequest = true;
    this.#request.resolve({ stream, path: request.path });
  }

  #endedByPeer(close: CloseSession): void {
    this.#endedBeforeOpen ??= close;
    this.#session.endedByPeer(close);
  }
}
