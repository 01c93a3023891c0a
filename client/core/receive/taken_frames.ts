/** How many sequence numbers behind the newest one a repeated frame may be. */
export const TAKEN_WINDOW = 64;

/**
 * Remembers which audio frames were taken, so that one which comes again with the next datagram is
 * not even decrypted. Bounded; what is older than its window counts as taken. Pure.
 */
export class TakenFrames {
  readonly #sequences = new Float64Array(TAKEN_WINDOW).fill(-1);
  #newest = -1;

  /** True when the frame is taken for the first time. */
  take(sequence: number): boolean {
    const slot = sequence % TAKEN_WINDOW;
    if (sequence <= this.#newest - TAKEN_WINDOW || this.#sequences[slot] === sequence) return false;
    this.#sequences[slot] = sequence;
    this.#newest = Math.max(this.#newest, sequence);
    return true;
  }
}
