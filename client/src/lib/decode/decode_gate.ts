/**
 * Lets through what a decoder can decode: nothing before the first key frame, and after a missing frame
 * nothing before the next one.
 */
export class DecodeGate {
  #next: number | undefined;

  /** Whether the decoder waits for a key frame. */
  get waiting(): boolean {
    return this.#next === undefined;
  }

  /** Whether this frame may be decoded; `sequence` counts a stream's frames. */
  admit(sequence: number, keyFrame: boolean): boolean {
    if (!keyFrame && sequence !== this.#next) {
      // A frame of before the one expected is a duplicate and breaks nothing.
      if (this.#next === undefined || sequence > this.#next) this.#next = undefined;
      return false;
    }
    this.#next = sequence + 1;
    return true;
  }

  /** Closes until the next key frame. */
  reset(): void {
    this.#next = undefined;
  }
}
