import type { PlayoutMessage } from "./playout_messages.ts";
import { RING_BYTE_LENGTH, SampleRing } from "./sample_ring.ts";

/** The writing end of one stream's way to the speaker. */
export interface PlayoutWriter {
  /** Frames that were written and not played yet; undefined where that cannot be seen. */
  readonly waitingFrames: number | undefined;
  /** How often the sound ran out; 0 where that cannot be seen. */
  readonly underruns: number;
  /** Sets the delay to play with, in frames. */
  setTarget(frames: number): void;
  /** Hands over planar sound; it must not be used afterwards. */
  write(channels: Float32Array<ArrayBuffer>[]): void;
  /** Ends the stream. */
  close(): void;
}

/**
 * The worker's link to the playout processor. Streams may be opened before the processor's port is there;
 * they are heard from then on.
 */
export class PlayoutLink {
  #port: MessagePort | undefined;
  readonly #announcements = new Map<string, PlayoutMessage>();

  /** `shared` says whether memory can be shared with the processor. */
  constructor(private readonly shared: boolean) {}

  /** Connects the processor. */
  connect(port: MessagePort): void {
    this.#port = port;
    for (const message of this.#announcements.values()) port.postMessage(message);
  }

  /** Opens a stream. */
  open(streamId: string): PlayoutWriter {
    return this.shared ? this.#openShared(streamId) : this.#openCopied(streamId);
  }

  #openShared(streamId: string): PlayoutWriter {
    const buffer = new SharedArrayBuffer(RING_BYTE_LENGTH);
    const ring = new SampleRing(buffer);
    this.#announce(streamId, { type: "add-shared", streamId, buffer });
    return {
      get waitingFrames() {
        return ring.available;
      },
      get underruns() {
        return ring.underruns;
      },
      setTarget: (frames) => ring.targetFrames = frames,
      write: (channels) => void ring.write(channels),
      close: () => this.#remove(streamId),
    };
  }

  #openCopied(streamId: string): PlayoutWriter {
    let targetFrames = 0;
    this.#announce(streamId, { type: "add", streamId });
    return {
      waitingFrames: undefined,
      underruns: 0,
      setTarget: (frames) => targetFrames = frames,
      write: (channels) => {
        const message: PlayoutMessage = { type: "samples", streamId, channels, targetFrames };
        this.#port?.postMessage(message, channels.map((samples) => samples.buffer));
      },
      close: () => this.#remove(streamId),
    };
  }

  #announce(streamId: string, message: PlayoutMessage): void {
    this.#announcements.set(streamId, message);
    this.#port?.postMessage(message);
  }

  #remove(streamId: string): void {
    this.#announcements.delete(streamId);
    const message: PlayoutMessage = { type: "remove", streamId };
    this.#port?.postMessage(message);
  }
}
