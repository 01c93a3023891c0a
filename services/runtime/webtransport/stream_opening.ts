import { encodeVarint, readVarint, varintLengthFromFirstByte } from "./http3/varint.ts";

/** First number of a unidirectional stream of a session (draft-ietf-webtrans-http3 §4.2). */
export const UNIDIRECTIONAL_STREAM_TYPE = 0x54;
/** First number of a bidirectional stream of a session (draft-ietf-webtrans-http3 §4.3). */
export const BIDIRECTIONAL_SIGNAL = 0x41;

/** Two bytes of type and one of session id: no stream of a session has a shorter header. */
const MIN_HEADER_LENGTH = 3;
/** Two integers of eight bytes. */
const MAX_HEADER_LENGTH = 16;

/** What a stream of the peer starts with. */
export type StreamOpening =
  /** The header of a session's stream. It is read; what comes next is the application's. */
  | { readonly kind: "session"; readonly sessionId: number }
  /** Another type. `bytes` are those that are read, `typeLength` of them the type itself. */
  | {
    readonly kind: "http3";
    readonly type: number;
    readonly typeLength: number;
    readonly bytes: Uint8Array;
  }
  /** The stream ended, or stayed silent inside its header and is cancelled. */
  | { readonly kind: "incomplete" }
  /** The stream or its connection failed. */
  | { readonly kind: "failed" };

/** The header of a session's stream: `type` and the id of the CONNECT stream. */
export function encodeStreamOpening(type: number, sessionId: number): Uint8Array<ArrayBuffer> {
  return Uint8Array.from([...encodeVarint(type), ...encodeVarint(sessionId)]);
}

/**
 * Reads the header of a stream that the peer opened, and no byte beyond the header of a session's
 * stream, so that the application can read the original stream with a BYOB reader. Never rejects.
 *
 * A stream without a single byte may wait as long as its connection lives: browsers open their
 * QPACK streams without a word, and nobody may ask them to stop those (RFC 9204 §4.2). All it
 * costs is one of the streams the peer may have open.
 *
 * @param sessionType the type that marks a stream of a session.
 * @param deadlineMs how long the peer may take from the first byte to the end of the header.
 */
export async function readStreamOpening(
  stream: ReadableStream<Uint8Array>,
  sessionType: number,
  deadlineMs: number,
): Promise<StreamOpening> {
  const reader = stream.getReader({ mode: "byob" });
  let deadline: ReturnType<typeof setTimeout> | undefined;
  try {
    const header = new Uint8Array(MAX_HEADER_LENGTH);
    for (let length = 0;;) {
      const { value, done } = await reader.read(
        new Uint8Array(missing(header.subarray(0, length), sessionType)),
      );
      if (done) return { kind: "incomplete" };
      header.set(value, length);
      length += value.length;
      const bytes = header.subarray(0, length);
      const type = readVarint(bytes, 0);
      if (type && type.value !== sessionType) {
        return { kind: "http3", type: type.value, typeLength: type.end, bytes };
      }
      const sessionId = type && readVarint(bytes, type.end);
      if (sessionId) return { kind: "session", sessionId: sessionId.value };
      // Cancelling ends a read that waits, and tells the peer to stop.
      deadline ??= setTimeout(() => reader.cancel().catch(() => {}), deadlineMs);
    }
  } catch {
    return { kind: "failed" };
  } finally {
    clearTimeout(deadline);
    reader.releaseLock();
  }
}

/** How many bytes the header of a session's stream still has at least. */
function missing(bytes: Uint8Array, sessionType: number): number {
  if (bytes.length === 0) return MIN_HEADER_LENGTH;
  const typeLength = varintLengthFromFirstByte(bytes[0]!);
  const type = readVarint(bytes, 0);
  const firstOfId = type?.value === sessionType ? bytes[typeLength] : undefined;
  const idLength = firstOfId === undefined ? 1 : varintLengthFromFirstByte(firstOfId);
  return typeLength + idLength - bytes.length;
}
