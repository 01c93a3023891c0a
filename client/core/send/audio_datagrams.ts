import {
  AUDIO_DATAGRAM_PREFIX_LENGTH,
  encodeAudioDatagram,
  MAX_AUDIO_DATAGRAM_LENGTH,
} from "../../../proto/media_stream/audio_datagram.ts";
import { toTicks } from "../../../proto/media_stream/report_clock.ts";

/** Most frames of before that a datagram repeats. */
export const MAX_REPEATED_FRAMES = 2;
/** Loss from which on one frame is repeated, and two are, 0 to 1. */
export const LOSS_FOR_ONE = 0.005;
export const LOSS_FOR_TWO = 0.04;
/** Datagrams whose fate must be known before the loss ratio means anything. */
export const MIN_LOSS_OBSERVATIONS = 50;

/** What is known of the loss on a path. */
export interface PathLoss {
  /** 0 to 1. */
  readonly lossRatio: number;
  /** Datagrams that the ratio is made of. */
  readonly lossObservations: number;
}

/** How many frames of before are worth repeating: what one loss costs against what repeating does. */
export function repeatedFrames({ lossRatio, lossObservations }: PathLoss): number {
  if (lossObservations < MIN_LOSS_OBSERVATIONS) return 1;
  if (lossRatio >= LOSS_FOR_TWO) return 2;
  return lossRatio >= LOSS_FOR_ONE ? 1 : 0;
}

/**
 * Packs the audio frames of one session into numbered datagrams, each with the last frames of the
 * same stream ahead of the new one, as many as asked for and as fit. Pure.
 */
export class AudioDatagrams {
  readonly #lastFrames = new Map<string, Uint8Array[]>();
  #nextNumber = 0;

  /** The datagram for a new frame (header and payload) of a stream, which must fit in one. */
  pack(
    streamId: string,
    frame: Uint8Array,
    repeated: number,
    nowMs: number,
  ): Uint8Array<ArrayBuffer> {
    const before = this.#lastFrames.get(streamId) ?? [];
    const frames = [frame];
    let length = AUDIO_DATAGRAM_PREFIX_LENGTH + frame.length;
    // Newest first: the frame before is worth more than the one before that.
    for (const earlier of before.toReversed().slice(0, repeated)) {
      length += earlier.length;
      if (length > MAX_AUDIO_DATAGRAM_LENGTH) break;
      frames.unshift(earlier);
    }
    this.#lastFrames.set(streamId, [...before, frame].slice(-MAX_REPEATED_FRAMES));
    const number = this.#nextNumber;
    this.#nextNumber = (this.#nextNumber + 1) >>> 0;
    return encodeAudioDatagram(number, toTicks(nowMs), frames);
  }

  /** Nothing of this stream is repeated any more. */
  forget(streamId: string): void {
    this.#lastFrames.delete(streamId);
  }
}
