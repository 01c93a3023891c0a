/** How many sequence numbers behind the newest one a repeated frame may be. */
export const TAKEN_WINDOW = 64;

/**
 * Remembers which audio frames were taken, so that one which comes again with the next datagram is
 * not even decrypted. Bounded; what is older than its window counts as taken. Pure.
 *
 * Only authentic frames may be marked: one forged sequence far ahead would silence the stream.
 */
export class TakenFrames {
  readonly #sequences = new Float64Array(TAKEN_WINDOW).fill(-1);
  #newest = -1;

  /** Whether the frame was taken before. */
  has(sequence: number): boolean {
    return sequence <= this.#newest - TAKEN_WINDOW ||
      this.#sequences[sequence % TAKEN_WINDOW] === sequence;
  }

  /** The frame is taken. */
  mark(sequence: number): void {
    this.#sequences[sequence % TAKEN_WINDOW] = sequence;
    this.#newest = Math.max(this.#newest, sequence);
  }
}
