import type { Scheduler } from "../crypto/scheduler.ts";

/**
 * How long the rest of a frame may stay away, without any byte of its stream, while other media
 * arrive in the session, milliseconds. A media handler sends long frames of thin paths in slices and
 * holds them, but not sound, while the path is blocked: that must not end the session.
 */
export const FRAME_STALL_LIMIT_MS = 5_000;
/**
 * How often a frame that is not complete is looked at, milliseconds. Longer than the 400 ms between
 * two frames of a silent Opus stream, so that these too show a session to be alive.
 */
export const FRAME_STALL_CHECK_MS = 500;

/** What the watch over a stream's frames needs. */
export interface FrameStallOptions {
  readonly scheduler: Scheduler;
  /** How often something arrived in the session so far, on any stream or in datagrams. */
  readonly sessionArrivals: () => number;
  /** Called once, when the rest of a frame has stayed away for too long. */
  readonly onStalled: () => void;
}

/**
 * Notices that a frame of one stream is never completed, as when its length is wrong. Only time in
 * which other media arrived counts: on a path that carries nothing every frame waits, and goes on
 * when the path does.
 */
export class FrameStall {
  readonly #options: FrameStallOptions;
  #timer: Disposable | undefined;
  #incomplete = false;
  /** Whether bytes of the stream came since the last look. */
  #moved = false;
  #stalledMs = 0;

  constructor(options: FrameStallOptions) {
    this.#options = options;
  }

  /** Bytes of the stream arrived, and end with a frame or not. */
  moved(atFrameBoundary: boolean): void {
    this.#incomplete = !atFrameBoundary;
    this.#moved = true;
    // Not set and cleared with each frame: most are complete long before it fires.
    if (this.#incomplete && this.#timer === undefined) {
      // The time that is watched begins with these bytes.
      this.#moved = false;
      this.#stalledMs = 0;
      this.#watch();
    }
  }

  /** The stream is not read any more. */
  stop(): void {
    this.#timer?.[Symbol.dispose]();
    this.#timer = undefined;
  }

  #watch(): void {
    const { scheduler, sessionArrivals } = this.#options;
    const arrivalsBefore = sessionArrivals();
    this.#timer = scheduler.after(FRAME_STALL_CHECK_MS, () => {
      this.#timer = undefined;
      this.#check(sessionArrivals() !== arrivalsBefore);
    });
  }

  #check(isSessionAlive: boolean): void {
    if (this.#moved) this.#stalledMs = 0;
    else if (isSessionAlive) this.#stalledMs += FRAME_STALL_CHECK_MS;
    this.#moved = false;
    if (!this.#incomplete) return;
    if (this.#stalledMs >= FRAME_STALL_LIMIT_MS) this.#options.onStalled();
    else this.#watch();
  }
}
