/** Frames that may wait for the decoder; a burst after a stall is not that long. */
export const BEHIND_FRAMES = 6;
/** Only when no more than this wait, higher layers are decoded again. */
const CAUGHT_UP_FRAMES = 1;

/**
 * Leaves out the frames that no other depends on while a decoder is behind, and those above a highest
 * layer, so that a slow machine shows fewer pictures instead of late ones.
 */
export class TemporalThinning {
  /** Highest temporal layer that is to be decoded; a higher one than before from a base frame on. */
  maxTemporalLayer = Infinity;
  #thinning = false;
  #highest = Infinity;

  /** Whether a frame of this temporal layer is to be decoded while so many wait before it. */
  admit(temporalLayer: number, queuedFrames: number): boolean {
    if (queuedFrames >= BEHIND_FRAMES) this.#thinning = true;
    // Later frames of higher layers depend on earlier ones, but never across a base frame.
    else if (temporalLayer === 0 && queuedFrames <= CAUGHT_UP_FRAMES) this.#thinning = false;
    if (temporalLayer === 0) this.#highest = this.maxTemporalLayer;
    const highest = Math.min(this.#highest, this.maxTemporalLayer);
    return temporalLayer === 0 || (!this.#thinning && temporalLayer <= highest);
  }
}
