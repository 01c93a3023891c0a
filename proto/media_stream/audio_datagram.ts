import { FRAME_HEADER_LENGTH, FrameError, readFrameHeader } from "../media_frame/frame_header.ts";
import type { Frame } from "../media_frame/frame_parser.ts";

/** First byte of a datagram that carries audio frames. */
export const AUDIO_DATAGRAM_TYPE = 0x03;
/** Bytes before the first frame. */
export const AUDIO_DATAGRAM_PREFIX_LENGTH = 9;
/** Longest audio datagram, bytes: what every path carries. */
export const MAX_AUDIO_DATAGRAM_LENGTH = 1_100;
/** Longest frame that fits, header included, bytes. */
export const MAX_AUDIO_DATAGRAM_FRAME = MAX_AUDIO_DATAGRAM_LENGTH - AUDIO_DATAGRAM_PREFIX_LENGTH;

/** Whole audio frames of one or several streams (proto/README.md, "Audio datagrams"). */
export interface AudioDatagram {
  /** Counts the audio datagrams of a session in one direction, from 0, modulo 2^32. */
  readonly number: number;
  /** The sender's clock when it was sent, ticks of 100 µs modulo 2^32 (`toTicks`). */
  readonly sentAtTicks: number;
  /** In the order in which they are to be taken; those of before are repeated ahead of new ones. */
  readonly frames: readonly Frame[];
}

/** Bytes from outside that are no audio datagram. */
export class AudioDatagramError extends Error {
  override readonly name = "AudioDatagramError";
}

/**
 * The bytes of an audio datagram; each of `frames` is header and payload.
 *
 * @throws {RangeError} when they do not fit.
 */
export function encodeAudioDatagram(
  number: number,
  sentAtTicks: number,
  frames: readonly Uint8Array[],
): Uint8Array<ArrayBuffer> {
  let length = AUDIO_DATAGRAM_PREFIX_LENGTH;
  for (const frame of frames) length += frame.length;
  if (length > MAX_AUDIO_DATAGRAM_LENGTH) throw new RangeError(`${length} bytes of audio`);
  const bytes = new Uint8Array(length);
  const view = new DataView(bytes.buffer);
  bytes[0] = AUDIO_DATAGRAM_TYPE;
  view.setUint32(1, number);
  view.setUint32(5, sentAtTicks);
  let offset = AUDIO_DATAGRAM_PREFIX_LENGTH;
  for (const frame of frames) {
    bytes.set(frame, offset);
    offset += frame.length;
  }
  return bytes;
}

/**
 * Reads an audio datagram. Each frame gets a copy of its bytes.
 *
 * @throws {AudioDatagramError} when the bytes are none, or hold no whole frames.
 */
export function readAudioDatagram(bytes: Uint8Array): AudioDatagram {
  if (bytes.length < AUDIO_DATAGRAM_PREFIX_LENGTH || bytes[0] !== AUDIO_DATAGRAM_TYPE) {
    throw new AudioDatagramError("not an audio datagram");
  }
  if (bytes.length > MAX_AUDIO_DATAGRAM_LENGTH) throw new AudioDatagramError("oversize");
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const frames: Frame[] = [];
  let offset = AUDIO_DATAGRAM_PREFIX_LENGTH;
  while (offset < bytes.length) {
    const frame = readFrame(bytes, offset);
    frames.push(frame);
    offset += frame.bytes.length;
  }
  if (frames.length === 0) throw new AudioDatagramError("no frame");
  return { number: view.getUint32(1), sentAtTicks: view.getUint32(5), frames };
}

function readFrame(bytes: Uint8Array, offset: number): Frame {
  try {
    const header = readFrameHeader(bytes, offset);
    const end = offset + FRAME_HEADER_LENGTH + header.payloadLength;
    if (end > bytes.length) throw new AudioDatagramError("a frame is cut off");
    return { header, bytes: Uint8Array.from(bytes.subarray(offset, end)) };
  } catch (error) {
    if (error instanceof FrameError) throw new AudioDatagramError(error.message);
    throw error;
  }
}
