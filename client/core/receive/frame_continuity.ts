import { DecodableFrames } from "../../../proto/media_frame/decodable_frames.ts";
import { type FrameHeader, FrameType } from "../../../proto/media_frame/frame_header.ts";

/**
 * What to do with a frame that arrived:
 * - `deliver`: it can be decoded after what came before.
 * - `duplicate`: it, or one after it, came before; or it is a late one of a layer that was left.
 * - `incomplete`: what it depends on is missing, but frames after it may do without.
 * - `broken`: frames are missing before it, and only a key frame can go on.
 */
export type Continuity = "deliver" | "duplicate" | "incomplete" | "broken";

/** What of a frame decides. */
export type ContinuedFrame = Pick<
  FrameHeader,
  | "frameType"
  | "sequence"
  | "referenceDistance"
  | "spatialLayer"
  | "temporalLayer"
  | "timestampUs"
>;

/** Finds what can be decoded of one stream, of which one spatial layer is shown at a time. Pure. */
export class FrameContinuity {
  readonly #decodable = new DecodableFrames();
  #spatialLayer: number | undefined;
  #lastSequence = -1;
  #lastTimestampUs = -1;
  #brokenLayer: number | undefined = 0;

  /** The layer that a key frame is needed of, if one is. Audio is never broken. */
  get brokenLayer(): number | undefined {
    return this.#brokenLayer;
  }

  /** Judges the next frame that arrived (and was authentic). */
  next(frame: ContinuedFrame): Continuity {
    const continuity = this.#judge(frame);
    if (continuity === "broken") this.#brokenLayer = frame.spatialLayer;
    if (continuity === "deliver") {
      this.#brokenLayer = undefined;
      this.#lastTimestampUs = Math.max(this.#lastTimestampUs, frame.timestampUs);
    }
    return continuity;
  }

  #judge(frame: ContinuedFrame): Continuity {
    const { frameType, sequence, spatialLayer, temporalLayer, timestampUs } = frame;
    if (this.#spatialLayer === undefined && frameType !== FrameType.videoDelta) {
      this.#begin(spatialLayer);
    }
    if (spatialLayer !== this.#spatialLayer) {
      // Each layer counts for itself; the time of capture tells a switch from what comes late.
      if (timestampUs <= this.#lastTimestampUs) return "duplicate";
      if (frameType !== FrameType.videoKey) return "broken";
      this.#begin(spatialLayer);
    }
    if (sequence <= this.#lastSequence) return "duplicate";
    this.#lastSequence = sequence;
    if (frameType === FrameType.audio || this.#decodable.admit(frame)) return "deliver";
    return temporalLayer > 0 && this.#decodable.started ? "incomplete" : "broken";
  }

  #begin(spatialLayer: number): void {
    this.#spatialLayer = spatialLayer;
    this.#lastSequence = -1;
    this.#decodable.clear();
  }
}
