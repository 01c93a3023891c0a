import {
  AUDIO_DATAGRAM_PREFIX_LENGTH,
  MAX_AUDIO_DATAGRAM_LENGTH,
} from "../../../proto/media_stream/audio_datagram.ts";

/** A frame of sound with those before it that it repeats, oldest first. */
export interface BundledFrame {
  readonly frame: Uint8Array;
  readonly repeated: readonly Uint8Array[];
}

const ROOM = MAX_AUDIO_DATAGRAM_LENGTH - AUDIO_DATAGRAM_PREFIX_LENGTH;

/**
 * Packs frames of sound into as few datagrams as their order allows. What is repeated travels in the
 * datagram of its frame, ahead of it, the oldest left out first where there is no room.
 *
 * @param bundled each frame fits a datagram.
 * @returns the frames of each datagram, in order.
 */
export function packSound(bundled: readonly BundledFrame[]): Uint8Array[][] {
  const datagrams: Uint8Array[][] = [];
  let current: Uint8Array[] = [];
  let room = ROOM;
  for (const { frame, repeated } of bundled) {
    if (frame.length + lengthOf(repeated) > room && current.length > 0) {
      datagrams.push(current);
      current = [];
      room = ROOM;
    }
    for (const bytes of fittingTail(repeated, room - frame.length)) {
      current.push(bytes);
      room -= bytes.length;
    }
    current.push(frame);
    room -= frame.length;
  }
  if (current.length > 0) datagrams.push(current);
  return datagrams;
}

/** The newest of `frames` that fit into `room` together. */
function fittingTail(frames: readonly Uint8Array[], room: number): readonly Uint8Array[] {
  let first = frames.length;
  let left = room;
  while (first > 0 && frames[first - 1]!.length <= left) left -= frames[--first]!.length;
  return first === 0 ? frames : frames.slice(first);
}

function lengthOf(frames: readonly Uint8Array[]): number {
  let length = 0;
  for (const frame of frames) length += frame.length;
  return length;
}
