/**
 * Calls `beat` at a steady rate until it is disposed of. A machine that is late is not caught up with:
 * what a camera or microphone did not take in time is not taken.
 */
export class Metronome implements Disposable {
  readonly #intervalMs: number;
  readonly #beat: () => void;
  #nextMs = performance.now();
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(intervalMs: number, beat: () => void) {
    this.#intervalMs = intervalMs;
    this.#beat = beat;
    this.#schedule();
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#timer);
  }

  #schedule(): void {
    const nowMs = performance.now();
    this.#nextMs = Math.max(this.#nextMs + this.#intervalMs, nowMs - this.#intervalMs);
    this.#timer = setTimeout(() => {
      this.#schedule();
      this.#beat();
    }, Math.max(0, this.#nextMs - nowMs));
  }
}
