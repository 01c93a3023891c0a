/** Frames that may wait for the decoder; a burst after a stall is not that long. */
export const BEHIND_FRAMES = 6;
/** Only when no more than this wait, higher layers are decoded again. */
const CAUGHT_UP_FRAMES = 1;

/**
 * Leaves out the frames that no other depends on while a decoder is behind, so that a slow machine
 * shows fewer pictures instead of late ones.
 */
export class TemporalThinning {
  #thinning = false;

  /** Whether a frame of this temporal layer is to be decoded while so many wait before it. */
  admit(temporalLayer: number, queuedFrames: number): boolean {
    if (queuedFrames >= BEHIND_FRAMES) this.#thinning = true;
    // Later frames of higher layers depend on earlier ones, but never across a base frame.
    else if (temporalLayer === 0 && queuedFrames <= CAUGHT_UP_FRAMES) this.#thinning = false;
    return temporalLayer === 0 || !this.#thinning;
  }
}
