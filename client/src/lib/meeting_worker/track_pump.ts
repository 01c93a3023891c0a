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

  /** Lets go of the track. */
  stop(): void {
    const reader = this.#reader;
    this.#reader = undefined;
    // A track that has ended already cannot be let go of; that is what was wanted.
    reader?.cancel().catch(() => undefined);
  }

  async #carry(reader: ReadableStreamDefaultReader<Media>): Promise<void> {
    try {
      while (this.#reader === reader) {
        const { value, done } = await reader.read();
        if (done) break;
        if (this.#reader === reader) this.take(value);
        else value.close();
      }
    } catch {
      // The track broke off; the page hears of it from the track itself.
    }
    if (this.#reader === reader) this.#reader = undefined;
  }
}
