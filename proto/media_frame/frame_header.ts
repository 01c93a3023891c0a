import { readUnsigned64, writeUnsigned64 } from "./unsigned64.ts";
import { readUuid, writeUuid } from "./uuid.ts";

/** Version of the media protocol, the first byte of every frame. */
export const FRAME_VERSION = 1;
/** Length of the header before each payload, bytes (specification, API contracts 3.2). */
export const FRAME_HEADER_LENGTH = 46;
/** Longest frame, header and payload together, bytes. */
export const MAX_FRAME_LENGTH = 2 * 1024 * 1024;
/** Longest payload, bytes. */
export const MAX_FRAME_PAYLOAD_LENGTH = MAX_FRAME_LENGTH - FRAME_HEADER_LENGTH;

/** What a frame holds (second byte). */
export const FrameType = { audio: 0x00, videoKey: 0x01, videoDelta: 0x02 } as const;
export type FrameType = typeof FrameType[keyof typeof FrameType];

/** Audio level of a frame whose level is not known, and of every video frame. */
export const AUDIO_LEVEL_SILENCE = 127;
/** Highest spatial or temporal layer number. */
export const MAX_LAYER = 15;

/** Offsets of the fields, bytes from the start of the frame. */
export const FrameOffset = {
  version: 0,
  frameType: 1,
  streamId: 2,
  timestamp: 18,
  sequence: 26,
  payloadLength: 34,
  flags: 38,
  layers: 40,
  audioLevel: 41,
  groupNumber: 42,
} as const;

const FLAG_END_OF_FRAME = 0x0001;
const FLAG_DISCARDABLE = 0x0002;
/** The upper byte of the flags holds the reference distance. */
const REFERENCE_DISTANCE_SHIFT = 8;
const KNOWN_FLAGS = FLAG_END_OF_FRAME | FLAG_DISCARDABLE | (0xff << REFERENCE_DISTANCE_SHIFT);
/** Farthest frame back that a frame can name as its reference. */
export const MAX_REFERENCE_DISTANCE = 255;

/**
 * The cleartext before each payload: all that a media handler knows of a frame. Every field is
 * authenticated end to end (proto/README.md, "Media frame").
 */
export interface FrameHeader {
  readonly frameType: FrameType;
  /** UUID of the media stream. */
  readonly streamId: string;
  /** Capture time on the publisher's own monotonic clock, microseconds. */
  readonly timestampUs: number;
  /** Number of the frame in its (stream, spatial layer), from 0, without gaps at the publisher. */
  readonly sequence: number;
  /** Length of the payload that follows, bytes. */
  readonly payloadLength: number;
  /** The last part of a frame; always true while a frame is sent whole. */
  readonly endOfFrame: boolean;
  /** No other frame depends on this one. */
  readonly discardable: boolean;
  /**
   * How many frames back in its (stream, spatial layer) the newest frame lies that this one depends
   * on; 0 for audio and key frames, and for a delta frame the same as 1.
   */
  readonly referenceDistance: number;
  /** Simulcast layer, 0 the smallest. */
  readonly spatialLayer: number;
  /** Temporal layer, 0 the base. */
  readonly temporalLayer: number;
  /** Loudness, 0 (loudest) to 127 (silence) in -dBov (RFC 6464); 127 for video. */
  readonly audioLevel: number;
  /** Number of the group of pictures, rising by one with each key frame; 0 for audio. */
  readonly groupNumber: number;
}

/** Why bytes are not a frame. */
export type FrameErrorReason =
  | "truncated"
  | "unsupported-version"
  | "unknown-frame-type"
  | "oversize"
  | "invalid-field";

/** Bytes from outside that are not a valid frame. */
export class FrameError extends Error {
  override readonly name = "FrameError";
  constructor(readonly reason: FrameErrorReason, message: string) {
    super(message);
  }
}

/**
 * Reads the header at `offset` of `bytes`.
 *
 * @throws {FrameError} when the bytes are not a header of this version.
 */
export function readFrameHeader(bytes: Uint8Array, offset = 0): FrameHeader {
  if (bytes.length - offset < FRAME_HEADER_LENGTH) {
    throw new FrameError("truncated", `${bytes.length - offset} bytes are no frame header`);
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset + offset, FRAME_HEADER_LENGTH);
  const version = view.getUint8(FrameOffset.version);
  if (version !== FRAME_VERSION) {
    throw new FrameError("unsupported-version", `frame version ${version}`);
  }
  const frameType = view.getUint8(FrameOffset.frameType);
  if (frameType > FrameType.videoDelta) {
    throw new FrameError("unknown-frame-type", `frame type ${frameType}`);
  }
  const payloadLength = view.getUint32(FrameOffset.payloadLength);
  if (payloadLength > MAX_FRAME_PAYLOAD_LENGTH) {
    throw new FrameError("oversize", `payload of ${payloadLength} bytes`);
  }
  const flags = view.getUint16(FrameOffset.flags);
  if ((flags & ~KNOWN_FLAGS) !== 0) throw new FrameError("invalid-field", `flags ${flags}`);
  const audioLevel = view.getUint8(FrameOffset.audioLevel);
  if (audioLevel > AUDIO_LEVEL_SILENCE) {
    throw new FrameError("invalid-field", `audio level ${audioLevel}`);
  }
  let timestampUs: number;
  let sequence: number;
  try {
    timestampUs = readUnsigned64(view, FrameOffset.timestamp);
    sequence = readUnsigned64(view, FrameOffset.sequence);
  } catch (error) {
    throw new FrameError("invalid-field", (error as RangeError).message);
  }
  const layers = view.getUint8(FrameOffset.layers);
  return {
    frameType: frameType as FrameType,
    streamId: readUuid(bytes, offset + FrameOffset.streamId),
    timestampUs,
    sequence,
    payloadLength,
    endOfFrame: (flags & FLAG_END_OF_FRAME) !== 0,
    discardable: (flags & FLAG_DISCARDABLE) !== 0,
    referenceDistance: flags >> REFERENCE_DISTANCE_SHIFT,
    spatialLayer: layers >> 4,
    temporalLayer: layers & 0x0f,
    audioLevel,
    groupNumber: view.getUint32(FrameOffset.groupNumber),
  };
}

/**
 * Writes `header` into `bytes` at `offset`.
 *
 * @throws {RangeError} when a field does not fit, or fewer than 46 bytes are left.
 * @throws {TypeError} when the stream id is not a canonical UUID.
 */
export function writeFrameHeader(header: FrameHeader, bytes: Uint8Array, offset = 0): void {
  if (bytes.length - offset < FRAME_HEADER_LENGTH) throw new RangeError("too short for a header");
  requireRange("payload length", header.payloadLength, MAX_FRAME_PAYLOAD_LENGTH);
  requireRange("reference distance", header.referenceDistance, MAX_REFERENCE_DISTANCE);
  requireRange("spatial layer", header.spatialLayer, MAX_LAYER);
  requireRange("temporal layer", header.temporalLayer, MAX_LAYER);
  requireRange("audio level", header.audioLevel, AUDIO_LEVEL_SILENCE);
  requireRange("group number", header.groupNumber, 0xffff_ffff);
  requireRange("frame type", header.frameType, FrameType.videoDelta);
  const view = new DataView(bytes.buffer, bytes.byteOffset + offset, FRAME_HEADER_LENGTH);
  view.setUint8(FrameOffset.version, FRAME_VERSION);
  view.setUint8(FrameOffset.frameType, header.frameType);
  writeUuid(header.streamId, bytes, offset + FrameOffset.streamId);
  writeUnsigned64(header.timestampUs, view, FrameOffset.timestamp);
  writeUnsigned64(header.sequence, view, FrameOffset.sequence);
  view.setUint32(FrameOffset.payloadLength, header.payloadLength);
  view.setUint16(
    FrameOffset.flags,
    (header.endOfFrame ? FLAG_END_OF_FRAME : 0) | (header.discardable ? FLAG_DISCARDABLE : 0) |
      (header.referenceDistance << REFERENCE_DISTANCE_SHIFT),
  );
  view.setUint8(FrameOffset.layers, (header.spatialLayer << 4) | header.temporalLayer);
  view.setUint8(FrameOffset.audioLevel, header.audioLevel);
  view.setUint32(FrameOffset.groupNumber, header.groupNumber);
}

/** One buffer that holds `header` (its payload length set to fit) and `payload`. */
export function encodeFrame(
  header: Omit<FrameHeader, "payloadLength">,
  payload: Uint8Array,
): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(FRAME_HEADER_LENGTH + payload.length);
  writeFrameHeader({ ...header, payloadLength: payload.length }, bytes);
  bytes.set(payload, FRAME_HEADER_LENGTH);
  return bytes;
}

function requireRange(name: string, value: number, maximum: number): void {
  if (!Number.isInteger(value) || value < 0 || value > maximum) {
    throw new RangeError(`${name} ${value} is not within 0..${maximum}`);
  }
}
