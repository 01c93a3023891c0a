/** Those who wait for a route that announces a stream which is there already. */
export class StreamAnnouncements {
  readonly #waiting = new Map<string, Set<() => void>>();

  /** Calls `onAnnounced` once when `streamId` is announced; the result cancels it. */
  when(streamId: string, onAnnounced: () => void): () => void {
    const waiting = this.#waiting.get(streamId) ?? new Set();
    this.#waiting.set(streamId, waiting.add(onAnnounced));
    return () => {
      waiting.delete(onAnnounced);
      if (waiting.size === 0 && this.#waiting.get(streamId) === waiting) {
        this.#waiting.delete(streamId);
      }
    };
  }

  /** A route announces `streamId`. */
  announce(streamId: string): void {
    const waiting = this.#waiting.get(streamId);
    if (waiting === undefined) return;
    this.#waiting.delete(streamId);
    for (const onAnnounced of waiting) onAnnounced();
  }
}
