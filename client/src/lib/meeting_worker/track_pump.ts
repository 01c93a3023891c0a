/** Carries what a track captures to whoever takes it, from one track at a time. */
export class TrackPump<Media extends { close(): void }> {
  #reader: ReadableStreamDefaultReader<Media> | undefined;

  /** `take` gets each captured piece and must close it. */
  constructor(private readonly take: (media: Media) => void) {}

  /** Whether a track feeds the pump. */
  get running(): boolean {
    return this.#reader !== undefined;
  }

  /** Lets go of the track so far and goes on with this one. */
  start(source: ReadableStream<Media>): void {
    this.stop();
    const reader = source.getReader();
    this.#reader = reader;
    void this.#carry(reader);
  }

  /** Takes nothing more of the track, and lets go of it with what it captures next. */
  stop(): void {
    this.#reader = undefined;
  }

  async #carry(reader: ReadableStreamDefaultReader<Media>): Promise<void> {
    try {
      for (;;) {
        const { value, done } = await reader.read();
        if (done) break;
        if (this.#reader === reader) {
          this.take(value);
          continue;
        }
        // Cancelled only now: what a cancelled stream still holds is never closed.
        value.close();
        await reader.cancel();
        break;
      }
    } catch {
      // The track broke off; the page hears of it from the track itself.
    }
    if (this.#reader === reader) this.#reader = undefined;
  }
}
