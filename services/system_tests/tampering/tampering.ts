import { readSFrameHeader } from "../../../client/core/crypto/sframe/header.ts";
import {
  FRAME_HEADER_LENGTH,
  FrameError,
  FrameOffset,
  FrameType,
  readFrameHeader,
} from "../../../proto/media_frame/frame_header.ts";
import { type Frame, framePayload } from "../../../proto/media_frame/frame_parser.ts";
import { writeUuid } from "../../../proto/media_frame/uuid.ts";

/** Length of the tag at the end of each SFrame object, bytes. */
const TAG_LENGTH = 16;
/** Bytes of the longest piece that is put behind a payload. */
const MAX_EXTENSION = 64;

/** What a tampering does with one frame, and what it may use for it. */
export interface TamperedFrame {
  readonly frame: Frame;
  /** Frames that passed earlier, of all streams; never empty. */
  readonly earlier: readonly Frame[];
  /** Streams of the meeting. */
  readonly streamIds: readonly string[];
  /** Puts a frame behind the next one of the same stream or session. */
  readonly sendLater: (bytes: Uint8Array) => void;
  /** From 0 to below 1. */
  readonly random: () => number;
}

/** What is sent on instead of the frame, in order; empty: nothing. */
export type Tampering = (given: TamperedFrame) => Uint8Array[];

/** All that somebody who forwards frames can do to one of them, and the stream stays readable. */
export const TAMPERINGS: Readonly<Record<string, Tampering>> = {
  "a flipped bit of the header": flippedHeader,

  "a flipped bit of the SFrame header": flippedPayload((payload) => [
    0,
    readSFrameHeader(payload).length,
  ]),

  "a flipped bit of the ciphertext": flippedPayload((payload) => [
    readSFrameHeader(payload).length,
    payload.length - TAG_LENGTH,
  ]),

  "a flipped bit of the tag": flippedPayload((payload) => [
    payload.length - TAG_LENGTH,
    payload.length,
  ]),

  "a flipped key-frame flag": ({ frame }) => {
    const bytes = frame.bytes.slice();
    const { frameType } = frame.header;
    bytes[FrameOffset.frameType] = frameType === FrameType.videoKey
      ? FrameType.videoDelta
      : FrameType.videoKey;
    return [bytes];
  },

  "a payload cut short": ({ frame, random }) => {
    const payload = framePayload(frame);
    return [withPayload(frame, payload.subarray(0, below(payload.length, random)))];
  },

  "a payload with something behind it": ({ frame, random }) => {
    const payload = framePayload(frame);
    const longer = new Uint8Array(payload.length + 1 + below(MAX_EXTENSION, random));
    longer.set(payload);
    return [withPayload(frame, longer)];
  },

  "another payload": ({ frame, earlier, random }) => [
    withPayload(frame, framePayload(earlier[below(earlier.length, random)]!)),
  ],

  "a replayed frame": ({ frame, earlier, random }) => [
    frame.bytes,
    earlier[below(earlier.length, random)]!.bytes,
  ],

  "a frame twice": ({ frame }) => [frame.bytes, frame.bytes],

  "a frame after the one behind it": ({ frame, sendLater }) => {
    sendLater(frame.bytes);
    return [];
  },

  "a frame moved to another stream": ({ frame, streamIds, random }) => {
    const others = streamIds.filter((id) => id !== frame.header.streamId);
    const bytes = frame.bytes.slice();
    writeUuid(others[below(others.length, random)]!, bytes, FrameOffset.streamId);
    return [bytes];
  },

  "a frame left out": () => [],
};

/** What ends the stream that carries the frame, since its reader cannot go on behind it. */
export const STREAM_BREAKINGS: Readonly<Record<string, Tampering>> = {
  "a version that is unknown": ({ frame }) => {
    const bytes = frame.bytes.slice();
    bytes[FrameOffset.version] = 0xff;
    return [bytes];
  },

  "a length that is no frame's": ({ frame }) => {
    const bytes = frame.bytes.slice();
    new DataView(bytes.buffer).setUint32(FrameOffset.payloadLength, 0xffff_ffff);
    return [bytes];
  },

  "a length that is wrong by one": ({ frame }) => {
    const bytes = frame.bytes.slice();
    const length = frame.header.payloadLength - 1;
    new DataView(bytes.buffer).setUint32(FrameOffset.payloadLength, length);
    return [bytes];
  },
};

/** An integer from 0 to below `limit`. */
export function below(limit: number, random: () => number): number {
  return Math.floor(random() * limit);
}

/** Any bit but those of the payload's length, as long as the bytes still are a header. */
function flippedHeader({ frame, random }: TamperedFrame): Uint8Array[] {
  while (true) {
    const bytes = frame.bytes.slice();
    flipBit(bytes, 0, FRAME_HEADER_LENGTH, random);
    if (isHeaderOf(bytes)) return [bytes];
  }
}

function isHeaderOf(bytes: Uint8Array): boolean {
  try {
    return readFrameHeader(bytes).payloadLength === bytes.length - FRAME_HEADER_LENGTH;
  } catch (error) {
    if (error instanceof FrameError) return false;
    throw error;
  }
}

function flippedPayload(range: (payload: Uint8Array) => readonly [number, number]): Tampering {
  return ({ frame, random }) => {
    const bytes = frame.bytes.slice();
    const [start, end] = range(framePayload(frame));
    flipBit(bytes, FRAME_HEADER_LENGTH + start, FRAME_HEADER_LENGTH + end, random);
    return [bytes];
  };
}

function flipBit(bytes: Uint8Array, start: number, end: number, random: () => number): void {
  const offset = start + below(end - start, random);
  bytes[offset] = bytes[offset]! ^ (1 << below(8, random));
}

function withPayload({ bytes: original }: Frame, payload: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(FRAME_HEADER_LENGTH + payload.length);
  bytes.set(original.subarray(0, FRAME_HEADER_LENGTH));
  bytes.set(payload, FRAME_HEADER_LENGTH);
  new DataView(bytes.buffer).setUint32(FrameOffset.payloadLength, payload.length);
  return bytes;
}
