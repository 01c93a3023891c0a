/**
 * Carries what a track captures to whoever takes it, from one track at a time.
 *
 * A track that was handed over is read from the first moment on, and until it ends: of one that is
 * read later, or cancelled after it was read, Chromium (156) loses pieces without closing them, and
 * says so on the page. Who owns the track stops it.
 */
export class TrackPump<Media extends { close(): void }> {
  readonly #take: (media: Media) => void;
  #source: ReadableStream<Media> | undefined;
  #held = false;

  /** `take` gets each captured piece and must close it. */
  constructor(take: (media: Media) => void) {
    this.#take = take;
  }

  /** Whether a track feeds the pump, be it held. */
  get running(): boolean {
    return this.#source !== undefined;
  }

  /** Lets go of the track so far; what this one captures is not wanted before {@link start}. */
  hold(source: ReadableStream<Media>): void {
    this.#source = source;
    this.#held = true;
    void this.#carry(source);
  }

  /** Goes on with this track, be it the one held, and lets go of another one. */
  start(source: ReadableStream<Media>): void {
    if (this.#source !== source) this.hold(source);
    this.#held = false;
  }

  /** Takes nothing more of the track. */
  stop(): void {
    this.#source = undefined;
  }

  async #carry(source: ReadableStream<Media>): Promise<void> {
    try {
      const reader = source.getReader();
      for (;;) {
        const { value, done } = await reader.read();
        if (done) break;
        if (this.#source === source && !this.#held) this.#take(value);
        else value.close();
      }
    } catch {
      // The track broke off; the page hears of it from the track itself.
    }
    if (this.#source === source) this.#source = undefined;
  }
}
