import { readBytes } from "./byob_reading.ts";
import type { TransportCounters } from "./counters.ts";
import { Http3Error, Http3ErrorCode } from "./http3/error_codes.ts";
import { FrameDecoder, frameTooLong, FrameType } from "./http3/frames.ts";
import {
  decodeSettings,
  encodeSettings,
  MAX_SETTINGS_LENGTH,
  OUR_SETTINGS,
  type Settings,
} from "./http3/settings.ts";
import { MAX_CONTROL_STREAM_LENGTH, type TransportLimits } from "./limits.ts";
import {
  BIDIRECTIONAL_SIGNAL,
  readStreamOpening,
  type StreamOpening,
  UNIDIRECTIONAL_STREAM_TYPE,
} from "./stream_opening.ts";

/** Types of unidirectional streams (RFC 9114 §6.2, RFC 9204 §4.2). */
const StreamType = { control: 0x00, qpackEncoder: 0x02, qpackDecoder: 0x03 } as const;
/** The first pause before asking again for the control stream, ms; each is twice the one before. */
const CONTROL_STREAM_FIRST_PAUSE_MS = 1;
/** Streams of HTTP/3's own are mostly silent: their buffer is small, bytes. */
const CONTROL_BUFFER_LENGTH = 256;

/** What a connection tells its owner. None of these may throw. */
export interface Http3Events {
  onSettings(settings: Settings): void;
  /** The peer opened a request stream, which starts with `bytes`. */
  onRequest(stream: Deno.QuicBidirectionalStream, bytes: Uint8Array): void;
  onUnidirectionalStream(sessionId: number, stream: ReadableStream<Uint8Array>): void;
  onBidirectionalStream(sessionId: number, stream: Deno.QuicBidirectionalStream): void;
}

/**
 * The part of HTTP/3 that WebTransport needs, over one QUIC connection and for either end: sends
 * our SETTINGS, reads the peer's, and sorts the streams of the peer by their header, each in its
 * own task, so that a silent stream holds up no other.
 */
export class Http3Connection {
  readonly quic: Deno.QuicConn;
  readonly #limits: TransportLimits;
  readonly #counters: TransportCounters;
  readonly #events: Http3Events;
  /** Kept, because collecting it would end a stream that must stay open. */
  #controlStream: WritableStream<Uint8Array> | undefined;
  #peerHasControlStream = false;

  constructor(
    quic: Deno.QuicConn,
    limits: TransportLimits,
    counters: TransportCounters,
    events: Http3Events,
  ) {
    this.quic = quic;
    this.#limits = limits;
    this.#counters = counters;
    this.#events = events;
  }

  /** Works until the connection is closed. Never rejects. */
  async run(): Promise<void> {
    await Promise.allSettled([
      this.#sendSettings(),
      this.#acceptUnidirectionalStreams(),
      this.#acceptBidirectionalStreams(),
    ]);
  }

  /** Closes the connection because the peer broke the rules. */
  fail(error: unknown): void {
    if (error instanceof Http3Error) {
      this.#counters.protocolErrors++;
      this.close(error.code, error.message);
    } else {
      this.close(Http3ErrorCode.internalError);
    }
  }

  close(code: Http3ErrorCode, reason = ""): void {
    this.quic.close({ closeCode: code, reason });
  }

  async #sendSettings(): Promise<void> {
    const stream = await this.#openControlStream();
    this.#controlStream = stream;
    const writer = stream.getWriter();
    await writer.write(Uint8Array.from([StreamType.control, ...encodeSettings(OUR_SETTINGS)]));
    writer.releaseLock();
  }

  /**
   * A server may open it before the handshake is complete, so that SETTINGS leave with its first
   * flight and the client's CONNECT comes a round trip earlier. The permission for that comes with
   * the last packet of the ClientHello, which browsers send in two; nothing tells when it is there
   * (a stream that waits for it is not woken), so we ask again.
   */
  async #openControlStream(): Promise<WritableStream<Uint8Array>> {
    let handshakeComplete = false;
    const complete = () => {
      handshakeComplete = true;
    };
    const handshake = this.quic.handshake.then(complete, complete);
    for (let pauseMs = CONTROL_STREAM_FIRST_PAUSE_MS; !handshakeComplete; pauseMs *= 2) {
      try {
        return await this.quic.createUnidirectionalStream();
      } catch (error) {
        // A RangeError says that the peer has given no permission yet.
        if (!(error instanceof RangeError)) throw error;
      }
      const pause = Promise.withResolvers<void>();
      const timer = setTimeout(pause.resolve, pauseMs);
      await Promise.race([handshake, pause.promise]);
      clearTimeout(timer);
    }
    return await this.quic.createUnidirectionalStream({ waitUntilAvailable: true });
  }

  async #acceptUnidirectionalStreams(): Promise<void> {
    for await (const stream of this.quic.incomingUnidirectionalStreams) {
      this.#sortUnidirectionalStream(stream).catch((error) => this.fail(error));
    }
  }

  async #acceptBidirectionalStreams(): Promise<void> {
    for await (const stream of this.quic.incomingBidirectionalStreams) {
      this.#sortBidirectionalStream(stream).catch((error) => this.fail(error));
    }
  }

  async #sortUnidirectionalStream(stream: Deno.QuicReceiveStream): Promise<void> {
    const opening = await this.#readOpening(stream, UNIDIRECTIONAL_STREAM_TYPE);
    if (opening.kind === "incomplete" || opening.kind === "failed") return;
    if (opening.kind === "session") {
      this.#events.onUnidirectionalStream(opening.sessionId, stream);
      return;
    }
    const bytes = opening.bytes.subarray(opening.typeLength);
    if (opening.type === StreamType.control && !this.#peerHasControlStream) {
      this.#peerHasControlStream = true;
      await this.#readControlStream(stream, bytes);
    } else if (
      opening.type === StreamType.qpackEncoder || opening.type === StreamType.qpackDecoder
    ) {
      await readWithin(stream, () => {});
    } else {
      this.#counters.streamsIgnored++;
      await stream.cancel().catch(() => {});
    }
  }

  async #sortBidirectionalStream(stream: Deno.QuicBidirectionalStream): Promise<void> {
    const opening = await this.#readOpening(stream.readable, BIDIRECTIONAL_SIGNAL);
    if (opening.kind === "incomplete" || opening.kind === "failed") {
      discardBidirectionalStream(stream);
    } else if (opening.kind === "session") {
      this.#events.onBidirectionalStream(opening.sessionId, stream);
    } else {
      this.#events.onRequest(stream, opening.bytes);
    }
  }

  async #readOpening(
    stream: ReadableStream<Uint8Array>,
    sessionType: number,
  ): Promise<StreamOpening> {
    const opening = await readStreamOpening(
      stream,
      sessionType,
      this.#limits.streamHeaderDeadlineMs,
    );
    if (opening.kind === "incomplete") this.#counters.streamsWithoutHeader++;
    return opening;
  }

  async #readControlStream(stream: ReadableStream<Uint8Array>, bytes: Uint8Array): Promise<void> {
    let settings: Settings | undefined;
    const decoder = new FrameDecoder({
      onHeader(type, length) {
        if (!settings && type !== FrameType.settings) {
          throw new Http3Error(Http3ErrorCode.missingSettings, "no SETTINGS first");
        }
        if (type === FrameType.data || type === FrameType.headers) {
          throw new Http3Error(Http3ErrorCode.frameUnexpected, "frame on the control stream");
        }
        if (type !== FrameType.settings) return "skip";
        if (settings) throw new Http3Error(Http3ErrorCode.frameUnexpected, "SETTINGS again");
        if (length > MAX_SETTINGS_LENGTH) throw frameTooLong(type);
        return "whole";
      },
      onFrame: (_type, payload) => {
        settings = decodeSettings(payload);
        this.#events.onSettings(settings);
      },
      onPart() {},
    });
    decoder.push(bytes);
    await readWithin(stream, (bytes) => decoder.push(bytes));
  }
}

/** Ends both directions of a stream that belongs to nobody. */
export function discardBidirectionalStream(
  stream: { readable: ReadableStream<Uint8Array>; writable: WritableStream<Uint8Array> },
): void {
  stream.readable.cancel().catch(() => {});
  stream.writable.close().catch(() => {});
}

/**
 * Reads a stream of HTTP/3's own until it ends or the connection does.
 *
 * @throws {Http3Error} when it is longer than any honest peer's.
 */
async function readWithin(
  stream: ReadableStream<Uint8Array>,
  take: (bytes: Uint8Array) => void,
): Promise<void> {
  let length = 0;
  try {
    await readBytes(stream, CONTROL_BUFFER_LENGTH, (bytes) => {
      length += bytes.length;
      if (length > MAX_CONTROL_STREAM_LENGTH) {
        throw new Http3Error(Http3ErrorCode.excessiveLoad, "control stream too long");
      }
      take(bytes);
    });
  } catch (error) {
    // Anything else is the stream or the connection ending.
    if (error instanceof Http3Error) throw error;
  }
}
