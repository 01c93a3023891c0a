import { readBytes } from "./byob_reading.ts";
import { CapsuleDecoder, type CloseSession } from "./http3/capsules.ts";
import { Http3Error, Http3ErrorCode } from "./http3/error_codes.ts";
import { FrameDecoder, frameTooLong, FrameType } from "./http3/frames.ts";
import { MAX_FIELD_SECTION_LENGTH } from "./http3/qpack.ts";

/** The stream is mostly silent: its buffer is small, bytes. */
const BUFFER_LENGTH = 1_024;

/** What the peer's side of a CONNECT stream says. */
export interface ConnectStreamEvents {
  /** The header section of the request or of the answer to it. */
  onHeaders(section: Uint8Array): void;
  /** The peer closes the session with a capsule. */
  onClose(close: CloseSession): void;
}

/** The stream of the CONNECT request, which lives as long as the session. */
export class ConnectStream {
  /** The session id: the QUIC id of this stream. */
  readonly id: number;
  readonly #stream: Deno.QuicBidirectionalStream;
  readonly #writer: WritableStreamDefaultWriter<Uint8Array>;

  constructor(stream: Deno.QuicBidirectionalStream) {
    this.id = Number(stream.readable.id);
    this.#stream = stream;
    this.#writer = stream.writable.getWriter();
  }

  /**
   * Reads the peer's side, which starts with `bytes`. Resolves when it ends, in whatever way.
   * Rejects with what the events throw, and with {@link Http3Error} when the peer breaks the rules.
   */
  async run(bytes: Uint8Array, events: ConnectStreamEvents): Promise<void> {
    const decoder = decodeConnectStream(events);
    let rejected: { readonly error: unknown } | undefined;
    const take = (bytes: Uint8Array) => {
      try {
        decoder.push(bytes);
      } catch (error) {
        rejected = { error };
        throw error;
      }
    };
    try {
      take(bytes);
      await readBytes(this.#stream.readable, BUFFER_LENGTH, take);
    } catch {
      // Without a rejection of ours it was the stream or the connection that ended.
      this.#stream.readable.cancel().catch(() => {});
    }
    if (rejected) throw rejected.error;
  }

  /** Sends bytes; whether they can still be sent shows elsewhere, so it never rejects. */
  async send(bytes: Uint8Array): Promise<void> {
    await this.#writer.write(bytes).catch(() => {});
  }

  /** Ends our side. Never rejects. */
  async finish(): Promise<void> {
    await this.#writer.close().catch(() => {});
  }
}

/** The decoder for one side of a CONNECT stream (RFC 9114 §4.4, RFC 9297 §3.2). */
export function decodeConnectStream(events: ConnectStreamEvents): FrameDecoder {
  const capsules = new CapsuleDecoder((close) => events.onClose(close));
  let headersSeen = false;
  return new FrameDecoder({
    onHeader(type, length) {
      if (type === FrameType.settings) {
        throw new Http3Error(Http3ErrorCode.frameUnexpected, "SETTINGS on a request stream");
      }
      if (type === FrameType.data) {
        if (headersSeen) return "parts";
        throw new Http3Error(Http3ErrorCode.frameUnexpected, "DATA before HEADERS");
      }
      // A second header section would be trailers, which nobody here reads.
      if (type !== FrameType.headers || headersSeen) return "skip";
      if (length > MAX_FIELD_SECTION_LENGTH) throw frameTooLong(type);
      return "whole";
    },
    onFrame(_type, payload) {
      headersSeen = true;
      events.onHeaders(payload);
    },
    onPart(_type, part) {
      capsules.push(part);
    },
  });
}
