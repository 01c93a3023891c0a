import fc from "fast-check";
import {
  type FrameHeader,
  FrameType,
  MAX_FRAME_PAYLOAD_LENGTH,
  MAX_LAYER,
  MAX_REFERENCE_DISTANCE,
} from "../media_frame/frame_header.ts";

/** Generates frame headers for property tests: every one that can be written. */
export const anyFrameHeader: fc.Arbitrary<FrameHeader> = fc.record({
  frameType: fc.constantFrom(...Object.values(FrameType)),
  streamId: fc.uint8Array({ minLength: 16, maxLength: 16 }).map(toUuid),
  timestampUs: fc.maxSafeNat(),
  sequence: fc.maxSafeNat(),
  payloadLength: fc.nat(MAX_FRAME_PAYLOAD_LENGTH),
  endOfFrame: fc.boolean(),
  discardable: fc.boolean(),
  referenceDistance: fc.nat(MAX_REFERENCE_DISTANCE),
  spatialLayer: fc.nat(MAX_LAYER),
  temporalLayer: fc.nat(MAX_LAYER),
  audioLevel: fc.nat(127),
  groupNumber: fc.nat(0xffff_ffff),
}, { noNullPrototype: true });

function toUuid(bytes: Uint8Array): string {
  const hex = bytes.toHex();
  return [
    hex.slice(0, 8),
    hex.slice(8, 12),
    hex.slice(12, 16),
    hex.slice(16, 20),
    hex.slice(20),
  ].join("-");
}
