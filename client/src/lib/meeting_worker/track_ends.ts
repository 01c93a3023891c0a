/** Watches the tracks of published streams for an end that the page did not cause. */
export class TrackEnds {
  readonly #watched = new Map<string, AbortController>();

  constructor(private readonly onEnded: (streamId: string) => void) {}

  /** Watches the stream's current track, instead of the one before. */
  watch(track: MediaStreamTrack | undefined, streamId: string | undefined): void {
    if (streamId === undefined) return;
    this.forget(streamId);
    if (!track) return;
    const watching = new AbortController();
    this.#watched.set(streamId, watching);
    // A track that the page stops itself sends no such event.
    track.addEventListener("ended", () => this.onEnded(streamId), {
      signal: watching.signal,
      once: true,
    });
  }

  /** Watches this stream no longer. */
  forget(streamId: string): void {
    this.#watched.get(streamId)?.abort();
    this.#watched.delete(streamId);
  }

  /** Watches nothing any more. */
  clear(): void {
    for (const streamId of [...this.#watched.keys()]) this.forget(streamId);
  }
}
