/** Latest observations that count. */
const OBSERVATIONS = 64;

/**
 * Translates between an audio context's time and the wall clock. Both run at one pace; what differs is
 * observed again and again. An observation can only come late (sound is rendered ten milliseconds at a
 * time, and the page may have been busy), so the earliest of the latest ones is taken.
 */
export class ContextClock {
  readonly #offsetsMs: number[] = [];

  /** At the moment `wallMs` the context's time was `contextMs`. */
  observe(contextMs: number, wallMs: number): void {
    this.#offsetsMs.push(wallMs - contextMs);
    if (this.#offsetsMs.length > OBSERVATIONS) this.#offsetsMs.shift();
  }

  /** The wall clock at this time of the context; undefined before the first observation. */
  wallMsOf(contextMs: number): number | undefined {
    return this.#offsetsMs.length === 0 ? undefined : contextMs + Math.min(...this.#offsetsMs);
  }

  /** The context's time at this moment of the wall clock; undefined before the first observation. */
  contextMsOf(wallMs: number): number | undefined {
    return this.#offsetsMs.length === 0 ? undefined : wallMs - Math.min(...this.#offsetsMs);
  }
}
