import { type Certificate, createDevelopmentCertificate } from "../certificate.ts";
import { encodeFieldSection } from "../http3/qpack.ts";
import { encodeFrame, FrameType } from "../http3/frames.ts";
import { encodeSettings, OUR_SETTINGS } from "../http3/settings.ts";
import { listenWebTransport, type WebTransportListener } from "../listener.ts";
import type { TransportLimits } from "../limits.ts";
import type { ServerSession } from "../session.ts";

/** A listener for tests, on a free port of the loopback address. */
export interface TestListener extends AsyncDisposable {
  readonly listener: WebTransportListener;
  readonly certificate: Certificate;
  readonly url: string;
  nextSession(): Promise<ServerSession>;
}

/** Deadlines are short in tests; a test names the limits it is about. */
export async function startTestListener(
  limits: Partial<TransportLimits> = {},
): Promise<TestListener> {
  const certificate = await createDevelopmentCertificate();
  const listener = listenWebTransport({
    hostname: "127.0.0.1",
    port: 0,
    certificate,
    limits: { endpointCloseLingerMs: 20, ...limits },
  });
  const sessions = listener[Symbol.asyncIterator]();
  return {
    listener,
    certificate,
    url: `https://127.0.0.1:${listener.port}/`,
    async nextSession() {
      const { value, done } = await sessions.next();
      if (done) throw new Error("the listener is closed");
      return value;
    },
    async [Symbol.asyncDispose]() {
      await listener.close();
    },
  };
}

/** A QUIC connection that speaks no HTTP/3 by itself: a test says which bytes it sends. */
export class RawPeer implements AsyncDisposable {
  readonly quic: Deno.QuicConn;
  readonly #endpoint: Deno.QuicEndpoint;
  /** Streams that HTTP/3 needs as long as the connection lives: collecting one would end it. */
  readonly #kept: unknown[] = [];

  private constructor(quic: Deno.QuicConn, endpoint: Deno.QuicEndpoint) {
    this.quic = quic;
    this.#endpoint = endpoint;
  }

  static async connect(port: number, certificate: Pick<Certificate, "hash">): Promise<RawPeer> {
    const endpoint = new Deno.QuicEndpoint({ hostname: "127.0.0.1", port: 0 });
    const options = {
      hostname: "127.0.0.1",
      port,
      alpnProtocols: ["h3"],
      endpoint,
      serverCertificateHashes: [{ algorithm: "sha-256", value: certificate.hash }],
    };
    try {
      return new RawPeer(await Deno.connectQuic<false>(options), endpoint);
    } catch (error) {
      endpoint.close();
      throw error;
    }
  }

  /** The application error code that the listener closes with, or the error of the connection. */
  async closeCode(): Promise<number | string> {
    try {
      return (await this.quic.closed).closeCode;
    } catch (error) {
      return String(error);
    }
  }

  /** Opens a unidirectional stream with these bytes and leaves it open. */
  async openUnidirectional(bytes: readonly number[]): Promise<WritableStreamDefaultWriter> {
    const stream = await this.quic.createUnidirectionalStream({ waitUntilAvailable: true });
    const writer = stream.getWriter();
    await writer.write(Uint8Array.from(bytes)).catch(() => {});
    return writer;
  }

  /** Opens a bidirectional stream with these bytes and leaves it open. */
  async openBidirectional(bytes: readonly number[]): Promise<{
    writer: WritableStreamDefaultWriter;
    readable: ReadableStream<Uint8Array>;
  }> {
    const stream = await this.quic.createBidirectionalStream({ waitUntilAvailable: true });
    const writer = stream.writable.getWriter();
    await writer.write(Uint8Array.from(bytes)).catch(() => {});
    return { writer, readable: stream.readable };
  }

  /** A control stream with SETTINGS as an honest client's. */
  async sendSettings(): Promise<void> {
    this.#kept.push(await this.openUnidirectional([0x00, ...encodeSettings(OUR_SETTINGS)]));
  }

  /** A CONNECT request as an honest client's, but for the path. */
  async sendConnect(path = "/") {
    const stream = await this.openBidirectional([...connectFrame(path)]);
    this.#kept.push(stream);
    return stream;
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.quic.close({ closeCode: 0x100, reason: "" });
    this.#endpoint.close();
    return Promise.resolve();
  }
}

/** The HEADERS frame of a CONNECT request. */
export function connectFrame(path: string): Uint8Array {
  return encodeFrame(
    FrameType.headers,
    encodeFieldSection([
      [":method", "CONNECT"],
      [":protocol", "webtransport"],
      [":scheme", "https"],
      [":authority", "127.0.0.1"],
      [":path", path],
    ]),
  );
}
