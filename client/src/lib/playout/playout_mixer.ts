import { PlayoutReader } from "./playout_reader.ts";
import type { PlayoutMessage } from "./playout_messages.ts";
import { RING_BYTE_LENGTH, SampleRing } from "./sample_ring.ts";

/** Streams that are mixed at once; more are refused. */
export const MAXIMUM_MIXED_STREAMS = 128;

interface Source {
  readonly ring: SampleRing;
  readonly reader: PlayoutReader;
}

/** All streams that are heard. Follows the worker's messages and fills the speaker's blocks. */
export class PlayoutMixer {
  readonly #sources = new Map<string, Source>();

  /** Applies one message of the worker. */
  apply(message: PlayoutMessage): void {
    switch (message.type) {
      case "add-shared":
        return this.#add(message.streamId, message.buffer);
      case "add":
        return this.#add(message.streamId, new ArrayBuffer(RING_BYTE_LENGTH));
      case "samples": {
        const source = this.#sources.get(message.streamId);
        if (!source) return;
        source.ring.targetFrames = message.targetFrames;
        source.ring.write(message.channels);
        return;
      }
      case "remove":
        this.#sources.delete(message.streamId);
    }
  }

  /** Overwrites one block, an array per channel, with the sum of all streams, limited to ±1. */
  fill(output: readonly Float32Array[]): void {
    for (const samples of output) samples.fill(0);
    for (const source of this.#sources.values()) source.reader.mixInto(output);
    if (this.#sources.size < 2) return;
    for (const samples of output) {
      for (let index = 0; index < samples.length; index++) {
        const sample = samples[index] ?? 0;
        samples[index] = sample > 1 ? 1 : sample < -1 ? -1 : sample;
      }
    }
  }

  #add(streamId: string, buffer: ArrayBufferLike): void {
    if (this.#sources.size >= MAXIMUM_MIXED_STREAMS) return;
    const ring = new SampleRing(buffer);
    this.#sources.set(streamId, { ring, reader: new PlayoutReader(ring) });
  }
}
