import { FRAME_HEADER_LENGTH, type FrameHeader, readFrameHeader } from "./frame_header.ts";

/** A frame as it travels: `bytes` is header and payload in one buffer that nobody else writes. */
export interface Frame {
  readonly header: FrameHeader;
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/** The payload of a frame, a view into its bytes. */
export function framePayload(frame: Frame): Uint8Array<ArrayBuffer> {
  return frame.bytes.subarray(FRAME_HEADER_LENGTH);
}

/**
 * Cuts the bytes of a media stream (after its stream header) into frames. Each payload is copied
 * once, so the caller may reuse its read buffer. Memory is bounded by one frame.
 */
export class FrameParser {
  readonly #header = new Uint8Array(FRAME_HEADER_LENGTH);
  #headerFilled = 0;
  #frame: Frame | undefined;
  #frameFilled = 0;

  /** True between frames: the end of the stream here cuts no frame. */
  get atFrameBoundary(): boolean {
    return this.#headerFilled === 0;
  }

  /**
   * Takes the next bytes of the stream and hands each completed frame to `onFrame`, in order.
   *
   * @throws {FrameError} at bytes that are no frame; the stream cannot be read further.
   */
  push(chunk: Uint8Array, onFrame: (frame: Frame) => void): void {
    let offset = 0;
    while (offset < chunk.length) {
      if (this.#frame === undefined) {
        const part = chunk.subarray(offset, offset + FRAME_HEADER_LENGTH - this.#headerFilled);
        this.#header.set(part, this.#headerFilled);
        this.#headerFilled += part.length;
        offset += part.length;
        if (this.#headerFilled < FRAME_HEADER_LENGTH) return;
        // Refuses an oversize payload before any memory is reserved for it.
        const header = readFrameHeader(this.#header);
        const bytes = new Uint8Array(FRAME_HEADER_LENGTH + header.payloadLength);
        bytes.set(this.#header);
        this.#frame = { header, bytes };
        this.#frameFilled = FRAME_HEADER_LENGTH;
      }
      const { bytes } = this.#frame;
      const part = chunk.subarray(offset, offset + bytes.length - this.#frameFilled);
      bytes.set(part, this.#frameFilled);
      this.#frameFilled += part.length;
      offset += part.length;
      if (this.#frameFilled < bytes.length) return;
      const frame = this.#frame;
      this.#frame = undefined;
      this.#headerFilled = 0;
      onFrame(frame);
    }
  }
}
