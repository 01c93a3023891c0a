import type { ReceivedFrame } from "./received_frame.ts";

/** Frames of one group that are kept: 2 s, which a decoder catches up with in a blink. */
export const MAXIMUM_STORED_FRAMES = 60;
/** Bytes of one group that are kept. */
export const MAXIMUM_STORED_BYTES = 1_024 * 1_024;

/**
 * Keeps the newest group of pictures of a stream that is not shown yet, so that it can be shown at once
 * when a canvas comes.
 */
export class GroupStore {
  #frames: ReceivedFrame[] = [];
  #bytes = 0;

  /** Keeps a frame, if it continues a group that still fits. */
  add(frame: ReceivedFrame): void {
    if (frame.keyFrame) this.clear();
    else if (this.#frames.length === 0) return;
    this.#frames.push(frame);
    this.#bytes += frame.data.byteLength;
    // A group that grew too long is no use without its end: better a fresh key frame.
    if (this.#frames.length > MAXIMUM_STORED_FRAMES || this.#bytes > MAXIMUM_STORED_BYTES) {
      this.clear();
    }
  }

  /** The whole group so far, from its key frame on; the store is empty afterwards. */
  take(): readonly ReceivedFrame[] {
    const frames = this.#frames;
    this.clear();
    return frames;
  }

  /** Drops what is kept. */
  clear(): void {
    this.#frames = [];
    this.#bytes = 0;
  }
}
