/**
 * Measures how loud one frequency is in a short piece of sound (Goertzel, "An Algorithm for the
 * Evaluation of Finite Trigonometric Series", 1958), under a Hann window, so that others hardly count.
 */
export class Goertzel {
  readonly #coefficient: number;

  constructor(frequencyHz: number, sampleRate: number) {
    this.#coefficient = 2 * Math.cos(2 * Math.PI * frequencyHz / sampleRate);
  }

  /** The amplitude of the frequency in sound that was multiplied with {@link hannWindow}. */
  amplitude(windowed: Float32Array): number {
    let last = 0;
    let beforeLast = 0;
    for (const sample of windowed) {
      const next = sample + this.#coefficient * last - beforeLast;
      beforeLast = last;
      last = next;
    }
    const power = last * last + beforeLast * beforeLast - this.#coefficient * last * beforeLast;
    return Math.sqrt(Math.max(0, power));
  }
}

/** A Hann window of this length, scaled so that a sine keeps its amplitude. */
export function hannWindow(length: number): Float32Array {
  return Float32Array.from(
    { length },
    (_, index) => (1 - Math.cos(2 * Math.PI * (index + 0.5) / length)) * 2 / length,
  );
}
