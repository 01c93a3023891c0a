import { MAX_REDUNDANT_FRAMES } from "../../../proto/congestion/audio_redundancy.ts";
import {
  AUDIO_DATAGRAM_PREFIX_LENGTH,
  encodeAudioDatagram,
  MAX_AUDIO_DATAGRAM_LENGTH,
} from "../../../proto/media_stream/audio_datagram.ts";
import { toTicks } from "../../../proto/media_stream/report_clock.ts";

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
    this.#lastFrames.set(streamId, [...before, frame].slice(-MAX_REDUNDANT_FRAMES));
    const number = this.#nextNumber;
    this.#nextNumber = (this.#nextNumber + 1) >>> 0;
    return encodeAudioDatagram(number, toTicks(nowMs), frames);
  }

  /** Nothing of this stream is repeated any more. */
  forget(streamId: string): void {
    this.#lastFrames.delete(streamId);
  }
}
