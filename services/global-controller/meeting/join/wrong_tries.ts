/** Wrong passcodes that one address may try at one meeting within {@link WRONG_TRIES_WINDOW_MS}. */
export const MAX_WRONG_TRIES = 10;
/** How long a wrong try counts, milliseconds. */
export const WRONG_TRIES_WINDOW_MS = 10 * 60 * 1_000;
/** Guessers that are remembered; beyond it the one who tried least recently is forgotten. */
export const MAX_REMEMBERED_GUESSERS = 50_000;

/** A try that is under way. */
export interface Try {
  /** It was right, so it does not count. */
  wasRight(): void;
}

/**
 * Bounds how many wrong secrets somebody may try. A try counts as wrong until it has turned out
 * right, so that many at once get no further than many after each other. Counts what this process
 * sees; the rate limit of the API bounds what an address may try at all of them.
 */
export class WrongTries {
  /** When each guesser's tries were made, the oldest first; the guesser of the last try is last. */
  readonly #triesAtMs = new Map<string, number[]>();
  readonly #now: () => number;

  constructor(options: { now?: () => number } = {}) {
    this.#now = options.now ?? (() => performance.now());
  }

  /**
   * Begins a try of `guesser`.
   *
   * @returns how long to wait before the next one instead, milliseconds, when there were too many.
   */
  begin(guesser: string): Try | number {
    const nowMs = this.#now();
    const tries = (this.#triesAtMs.get(guesser) ?? [])
      .filter((atMs) => atMs > nowMs - WRONG_TRIES_WINDOW_MS);
    if (tries.length >= MAX_WRONG_TRIES) return tries[0]! + WRONG_TRIES_WINDOW_MS - nowMs;
    tries.push(nowMs);
    this.#triesAtMs.delete(guesser);
    this.#triesAtMs.set(guesser, tries);
    if (this.#triesAtMs.size > MAX_REMEMBERED_GUESSERS) {
      const [oldest] = this.#triesAtMs.keys();
      if (oldest !== undefined) this.#triesAtMs.delete(oldest);
    }
    return { wasRight: () => this.#forget(guesser, nowMs) };
  }

  #forget(guesser: string, atMs: number): void {
    const tries = this.#triesAtMs.get(guesser);
    const index = tries?.indexOf(atMs) ?? -1;
    if (tries === undefined || index < 0) return;
    tries.splice(index, 1);
    if (tries.length === 0) this.#triesAtMs.delete(guesser);
  }
}
