import { encodeFrame, FrameDecoder, FrameType } from "./frames.ts";
import { Http3Error, Http3ErrorCode } from "./error_codes.ts";

/** Types of capsules that we know. */
export const CapsuleType = {
  /** CLOSE_WEBTRANSPORT_SESSION (draft-ietf-webtrans-http3 §6). */
  closeSession: 0x2843,
} as const;

/** The longest reason a session can be closed with, bytes of UTF-8 (draft-ietf-webtrans-http3 §6). */
export const MAX_CLOSE_REASON_LENGTH = 1_024;
const CLOSE_CODE_LENGTH = 4;

/** Code and reason of a CLOSE_WEBTRANSPORT_SESSION capsule. */
export interface CloseSession {
  /** 0..2^32-1. */
  readonly closeCode: number;
  /** At most {@link MAX_CLOSE_REASON_LENGTH} bytes of UTF-8. */
  readonly reason: string;
}

/** `reason` cut to its first 1,024 bytes of UTF-8, never inside a character. */
export function truncateReason(reason: string): string {
  const bytes = new Uint8Array(MAX_CLOSE_REASON_LENGTH);
  const { read } = new TextEncoder().encodeInto(reason, bytes);
  return read === reason.length ? reason : reason.slice(0, read);
}

/**
 * The DATA frame with the capsule that closes a session.
 * The reason is cut to {@link MAX_CLOSE_REASON_LENGTH}.
 */
export function encodeCloseSession(close: CloseSession): Uint8Array<ArrayBuffer> {
  const reason = new TextEncoder().encode(truncateReason(close.reason));
  const payload = new Uint8Array(CLOSE_CODE_LENGTH + reason.length);
  new DataView(payload.buffer).setUint32(0, close.closeCode);
  payload.set(reason, CLOSE_CODE_LENGTH);
  // A capsule has the same shape as a frame: type, length, value (RFC 9297 §3.2).
  return encodeFrame(FrameType.data, encodeFrame(CapsuleType.closeSession, payload));
}

/**
 * Reads the capsules in the DATA frames of a CONNECT stream (RFC 9297 §3.2), however they are cut.
 * Capsules of other types are skipped. Holds at most one capsule of ours.
 */
export class CapsuleDecoder {
  readonly #decoder: FrameDecoder;

  /** `onClose` is called for each CLOSE_WEBTRANSPORT_SESSION capsule. */
  constructor(onClose: (close: CloseSession) => void) {
    this.#decoder = new FrameDecoder({
      onHeader(type, length) {
        if (type !== CapsuleType.closeSession) return "skip";
        if (length < CLOSE_CODE_LENGTH || length > CLOSE_CODE_LENGTH + MAX_CLOSE_REASON_LENGTH) {
          throw new Http3Error(Http3ErrorCode.messageError, "close capsule of a wrong length");
        }
        return "whole";
      },
      onFrame(_type, payload) {
        const view = new DataView(payload.buffer, payload.byteOffset, payload.length);
        onClose({
          closeCode: view.getUint32(0),
          reason: new TextDecoder().decode(payload.subarray(CLOSE_CODE_LENGTH)),
        });
      },
      onPart() {},
    });
  }

  /**
   * Takes the next bytes of DATA frames.
   *
   * @throws {Http3Error} on a close capsule of a wrong length.
   */
  push(bytes: Uint8Array): void {
    this.#decoder.push(bytes);
  }
}
