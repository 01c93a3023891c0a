import { type FrameHeader, FrameType, MAX_REFERENCE_DISTANCE } from "./frame_header.ts";

/** The fields of a header that say what a frame depends on. */
export type FrameReference = Pick<FrameHeader, "frameType" | "sequence" | "referenceDistance">;

/**
 * Tells which frames of one stream and spatial layer can be decoded, given those before: a key frame
 * always, a delta frame if the one that it names as its newest reference was. What is left out of
 * higher temporal layers therefore breaks nothing.
 */
export class DecodableFrames {
  /** Decodable sequences, of which the oldest are forgotten: nothing can name them any more. */
  readonly #decodable = new Set<number>();
  #newest = -1;

  /** False until a key frame: nothing else can be decoded. */
  get started(): boolean {
    return this.#decodable.size > 0;
  }

  /** Whether `frame` could be decoded; changes nothing. */
  allows(frame: FrameReference): boolean {
    if (frame.frameType !== FrameType.videoDelta) return true;
    return this.#decodable.has(frame.sequence - Math.max(1, frame.referenceDistance));
  }

  /** Takes a frame that is decoded, or sent to be; one that is not allowed changes nothing. */
  admit(frame: FrameReference): boolean {
    if (!this.allows(frame)) return false;
    if (frame.frameType === FrameType.videoKey) this.clear();
    this.#decodable.add(frame.sequence);
    this.#newest = Math.max(this.#newest, frame.sequence);
    for (const sequence of this.#decodable) {
      if (sequence >= this.#newest - MAX_REFERENCE_DISTANCE) break;
      this.#decodable.delete(sequence);
    }
    return true;
  }

  /** Nothing can be decoded until a key frame. */
  clear(): void {
    this.#decodable.clear();
    this.#newest = -1;
  }
}
