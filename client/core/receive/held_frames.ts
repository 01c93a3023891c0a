import type { Frame } from "../../../proto/media_frame/frame_parser.ts";
import type { Scheduler } from "../crypto/scheduler.ts";

/** How long a frame waits for the roster to name its stream, milliseconds. */
export const HOLD_LIMIT_MS = 1_000;
/** Most frames of one unknown stream that wait. */
export const MAX_HELD_FRAMES = 64;
/** Most bytes of all unknown streams together that wait. */
export const MAX_HELD_BYTES = 8 * 1024 * 1024;
/** Most unknown streams whose frames wait. */
export const MAX_HELD_STREAMS = 64;

interface HeldStream {
  readonly frames: Frame[];
  bytes: number;
  readonly timer: Disposable;
}

/**
 * Frames of streams that the roster does not name yet: the media path may be faster than
 * signaling. Held briefly, from the first one on, then dropped.
 */
export class HeldFrames {
  readonly #scheduler: Scheduler;
  readonly #streams = new Map<string, HeldStream>();
  #bytes = 0;

  constructor(scheduler: Scheduler) {
    this.#scheduler = scheduler;
  }

  /** Keeps the frame for a while; false when there is no room. */
  hold(frame: Frame): boolean {
    const { streamId } = frame.header;
    if (this.#bytes + frame.bytes.length > MAX_HELD_BYTES) return false;
    let stream = this.#streams.get(streamId);
    if (stream === undefined) {
      if (this.#streams.size >= MAX_HELD_STREAMS) return false;
      const timer = this.#scheduler.after(HOLD_LIMIT_MS, () => {
        this.take(streamId);
      });
      stream = { frames: [], bytes: 0, timer };
      this.#streams.set(streamId, stream);
    }
    if (stream.frames.length >= MAX_HELD_FRAMES) return false;
    stream.frames.push(frame);
    stream.bytes += frame.bytes.length;
    this.#bytes += frame.bytes.length;
    return true;
  }

  /** The held frames of a stream, in order; they are held no more. */
  take(streamId: string): Frame[] {
    const stream = this.#streams.get(streamId);
    if (stream === undefined) return [];
    stream.timer[Symbol.dispose]();
    this.#streams.delete(streamId);
    this.#bytes -= stream.bytes;
    return stream.frames;
  }

  clear(): void {
    for (const streamId of [...this.#streams.keys()]) this.take(streamId);
  }
}
