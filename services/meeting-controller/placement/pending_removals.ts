/** Participants whose removal the media handler has yet to be told, and who waits for that. */
export class PendingRemovals {
  readonly #pending = new Map<string, PromiseWithResolvers<void>>();

  get size(): number {
    return this.#pending.size;
  }

  /** Idempotent. */
  add(participantId: string): void {
    if (!this.#pending.has(participantId)) {
      this.#pending.set(participantId, Promise.withResolvers());
    }
  }

  /** Those that came first, at most `limit`. */
  first(limit: number): string[] {
    return [...this.#pending.keys()].slice(0, limit);
  }

  /** The media handler knows, or failed: it is not told again. */
  settle(participantId: string): void {
    this.#pending.get(participantId)?.resolve();
    this.#pending.delete(participantId);
  }

  /** Resolves when the participant's removal, if any is pending, is settled. */
  async settled(participantId: string): Promise<void> {
    await this.#pending.get(participantId)?.promise;
  }

  /** Nobody has to be told any more. */
  clear(): void {
    for (const participantId of [...this.#pending.keys()]) this.settle(participantId);
  }
}
