import { type FrameHeader, FrameType } from "../../../proto/media_frame/frame_header.ts";

/**
 * What to do with a frame that arrived:
 * - `deliver`: it continues what came before.
 * - `duplicate`: it, or one after it, came before.
 * - `broken`: frames are missing before it, and only a key frame can go on.
 */
export type Continuity = "deliver" | "duplicate" | "broken";

/** Finds gaps in the frames of one stream, of which one spatial layer comes at a time. Pure. */
export class FrameContinuity {
  #spatialLayer: number | undefined;
  #lastSequence = -1;
  #broken = true;

  /** True until a key frame comes. Audio is never broken. */
  get broken(): boolean {
    return this.#broken;
  }

  /** Judges the next frame that arrived (and was authentic). */
  next(
    { frameType, sequence, spatialLayer }: Pick<
      FrameHeader,
      "frameType" | "sequence" | "spatialLayer"
    >,
  ): Continuity {
    if (spatialLayer !== this.#spatialLayer) {
      // Each layer counts for itself.
      this.#spatialLayer = spatialLayer;
      this.#lastSequence = -1;
      this.#broken = true;
    }
    if (sequence <= this.#lastSequence) return "duplicate";
    const contiguous = sequence === this.#lastSequence + 1;
    this.#lastSequence = sequence;
    if (frameType === FrameType.audio || frameType === FrameType.videoKey) this.#broken = false;
    else if (!contiguous) this.#broken = true;
    return this.#broken ? "broken" : "deliver";
  }
}
