import { readUuid, UUID_LENGTH, writeUuid } from "../media_frame/uuid.ts";

/** Length of the header that opens each unidirectional media stream, bytes. */
export const STREAM_HEADER_LENGTH = 24;
/** Version of the stream header, its first byte. */
export const STREAM_HEADER_VERSION = 1;

/** What a unidirectional stream carries. */
export const StreamKind = {
  /** Client to media handler: the frames of one media stream and spatial layer. */
  publish: 0x01,
  /** Media handler to client: the audio of all speakers, interleaved. */
  forwardAudio: 0x02,
  /** Media handler to client: the frames of one video stream. */
  forwardVideo: 0x03,
  /** Either way: bytes of no meaning that measure the path; counted in reports, then dropped. */
  padding: 0x04,
} as const;
export type StreamKind = typeof StreamKind[keyof typeof StreamKind];

/** Stream id in the header of a stream that carries several: the nil UUID. */
export const NIL_STREAM_ID = "00000000-0000-0000-0000-000000000000";

/** Opens a unidirectional media stream (proto/README.md, "Media streams"). */
export interface StreamHeader {
  readonly kind: StreamKind;
  /** Simulcast layer of a published stream; 0 otherwise. */
  readonly spatialLayer: number;
  /** The sender's number for this stream, unique in the session, named by acknowledgements. */
  readonly deliveryNumber: number;
  /** UUID of the media stream, or the nil UUID for `forwardAudio` and `padding`. */
  readonly streamId: string;
}

/** Bytes from outside that do not open a media stream. */
export class StreamHeaderError extends Error {
  override readonly name = "StreamHeaderError";
}

/**
 * Reads the header at the start of `bytes`.
 *
 * @throws {StreamHeaderError} when the bytes are no stream header of this version.
 */
export function readStreamHeader(bytes: Uint8Array): StreamHeader {
  if (bytes.length < STREAM_HEADER_LENGTH) throw new StreamHeaderError("truncated");
  if (bytes[0] !== STREAM_HEADER_VERSION) {
    throw new StreamHeaderError(`stream header version ${bytes[0]}`);
  }
  const kind = bytes[1]!;
  if (kind < StreamKind.publish || kind > StreamKind.padding) {
    throw new StreamHeaderError(`stream kind ${kind}`);
  }
  if (bytes[2]! > 15) throw new StreamHeaderError(`spatial layer ${bytes[2]}`);
  if (bytes[3] !== 0) throw new StreamHeaderError(`reserved byte ${bytes[3]}`);
  return {
    kind: kind as StreamKind,
    spatialLayer: bytes[2]!,
    deliveryNumber: new DataView(bytes.buffer, bytes.byteOffset).getUint32(4),
    streamId: readUuid(bytes, 8),
  };
}

/**
 * The 24 bytes of `header`.
 *
 * @throws {RangeError} when a number does not fit.
 */
export function encodeStreamHeader(header: StreamHeader): Uint8Array<ArrayBuffer> {
  if (
    !(Number.isInteger(header.spatialLayer) && header.spatialLayer >= 0 &&
      header.spatialLayer <= 15)
  ) {
    throw new RangeError(`spatial layer ${header.spatialLayer}`);
  }
  const { deliveryNumber } = header;
  if (!(Number.isInteger(deliveryNumber) && deliveryNumber >= 0 && deliveryNumber <= 0xffff_ffff)) {
    throw new RangeError(`delivery number ${deliveryNumber}`);
  }
  const bytes = new Uint8Array(8 + UUID_LENGTH);
  bytes[0] = STREAM_HEADER_VERSION;
  bytes[1] = header.kind;
  bytes[2] = header.spatialLayer;
  new DataView(bytes.buffer).setUint32(4, deliveryNumber);
  writeUuid(header.streamId, bytes, 8);
  return bytes;
}
