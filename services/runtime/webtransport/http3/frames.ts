import { Http3Error, Http3ErrorCode } from "./error_codes.ts";
import { readVarint, varintLength, writeVarint } from "./varint.ts";

/** Types of HTTP/3 frames that we know (RFC 9114 §7.2). */
export const FrameType = {
  data: 0x00,
  headers: 0x01,
  settings: 0x04,
} as const;

/** The longest frame header: two integers of eight bytes. */
const MAX_FRAME_HEADER_LENGTH = 16;

/** A frame with its header. */
export function encodeFrame(type: number, payload: Uint8Array): Uint8Array<ArrayBuffer> {
  const headerLength = varintLength(type) + varintLength(payload.length);
  const bytes = new Uint8Array(headerLength + payload.length);
  writeVarint(bytes, writeVarint(bytes, 0, type), payload.length);
  bytes.set(payload, headerLength);
  return bytes;
}

/** What to do with the frames of one stream. */
export interface FrameHandler {
  /**
   * Asked at the start of each frame. "whole": collect the payload and call `onFrame`; "parts":
   * call `onPart` with each piece of the payload as it arrives; "skip": ignore the payload.
   * Throws {@link Http3Error} when such a frame must not come here or is too long to collect.
   */
  onHeader(type: number, length: number): "whole" | "parts" | "skip";
  onFrame(type: number, payload: Uint8Array): void;
  onPart(type: number, part: Uint8Array): void;
}

/**
 * Splits the bytes of a stream into HTTP/3 frames (RFC 9114 §7.1), however they are cut. Holds at
 * most one frame header and one payload that its handler asked for as a whole.
 */
export class FrameDecoder {
  readonly #handler: FrameHandler;
  readonly #header = new Uint8Array(MAX_FRAME_HEADER_LENGTH);
  #headerLength = 0;
  #type = 0;
  #mode: "header" | "whole" | "parts" | "skip" = "header";
  #remaining = 0;
  #whole = new Uint8Array(0);

  constructor(handler: FrameHandler) {
    this.#handler = handler;
  }

  /** Whether the bytes so far end between two frames. */
  get atBoundary(): boolean {
    return this.#mode === "header" && this.#headerLength === 0;
  }

  /**
   * Takes the next bytes of the stream. The handler gets views of them: it copies what it keeps.
   *
   * @throws {Http3Error} what the handler throws; the decoder must not be used after that.
   */
  push(bytes: Uint8Array): void {
    let offset = 0;
    while (offset < bytes.length) {
      if (this.#mode === "header") {
        this.#header[this.#headerLength++] = bytes[offset++]!;
        this.#startFrame();
        continue;
      }
      const part = bytes.subarray(offset, offset + this.#remaining);
      offset += part.length;
      this.#takePayload(part);
    }
  }

  #startFrame(): void {
    const header = this.#header.subarray(0, this.#headerLength);
    const type = readVarint(header, 0);
    const length = type && readVarint(header, type.end);
    if (!length) return;
    this.#headerLength = 0;
    this.#type = type.value;
    this.#remaining = length.value;
    this.#mode = this.#handler.onHeader(type.value, length.value);
    if (this.#mode === "whole") this.#whole = new Uint8Array(length.value);
    if (this.#remaining === 0) this.#endFrame();
  }

  #takePayload(part: Uint8Array): void {
    if (this.#mode === "whole") this.#whole.set(part, this.#whole.length - this.#remaining);
    if (this.#mode === "parts") this.#handler.onPart(this.#type, part);
    this.#remaining -= part.length;
    if (this.#remaining === 0) this.#endFrame();
  }

  #endFrame(): void {
    const whole = this.#mode === "whole" ? this.#whole : undefined;
    this.#mode = "header";
    this.#whole = new Uint8Array(0);
    if (whole) this.#handler.onFrame(this.#type, whole);
  }
}

/** The error for a frame longer than what we collect. */
export function frameTooLong(type: number): Http3Error {
  return new Http3Error(Http3ErrorCode.excessiveLoad, `frame of type ${type} too long`);
}
