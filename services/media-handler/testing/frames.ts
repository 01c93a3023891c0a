import {
  encodeFrame,
  FrameType,
  readFrameHeader,
} from "../../../proto/media_frame/frame_header.ts";
import type { Frame } from "../../../proto/media_frame/frame_parser.ts";

/** What a test cares about in a frame. */
export interface FrameSketch {
  readonly streamId: string;
  readonly sequence: number;
  readonly type?: FrameType;
  readonly payloadLength?: number;
  readonly spatialLayer?: number;
  readonly temporalLayer?: number;
  readonly referenceDistance?: number;
  readonly audioLevel?: number;
}

/** Most bytes that `crypto.getRandomValues` gives at once. */
const MAX_RANDOM_BYTES = 65_536;

/** A well-formed frame with a random payload of 100 bytes unless told otherwise. */
export function makeFrame(sketch: FrameSketch): Frame {
  const payload = new Uint8Array(sketch.payloadLength ?? 100);
  crypto.getRandomValues(payload.subarray(0, MAX_RANDOM_BYTES));
  const bytes = encodeFrame({
    frameType: sketch.type ?? FrameType.videoDelta,
    streamId: sketch.streamId,
    timestampUs: sketch.sequence * 33_333,
    sequence: sketch.sequence,
    endOfFrame: true,
    discardable: false,
    referenceDistance: sketch.referenceDistance ?? 0,
    spatialLayer: sketch.spatialLayer ?? 0,
    temporalLayer: sketch.temporalLayer ?? 0,
    audioLevel: sketch.audioLevel ?? 127,
    groupNumber: 0,
  }, payload);
  return { header: readFrameHeader(bytes), bytes };
}
