/** An answer, which may itself be undefined. */
export interface KnownAnswer<Value> {
  readonly value: Value;
}

interface Entry<Value> {
  readonly askedAtMs: number;
  /** What is known, or is being asked. */
  readonly value: Promise<Value>;
}

/**
 * Remembers answers for a while, a bounded number of them, and asks once for all who want the same
 * answer at the same time. An answer that cannot be had leaves the one before it standing.
 */
export class StatusCache<Value> {
  readonly #lifetimeMs: number;
  readonly #limit: number;
  readonly #now: () => number;
  /** In the order of asking. */
  readonly #entries = new Map<string, Entry<Value>>();

  /** @param options.now milliseconds, monotonic. */
  constructor(options: { lifetimeMs: number; limit: number; now: () => number }) {
    this.#lifetimeMs = options.lifetimeMs;
    this.#limit = options.limit;
    this.#now = options.now;
  }

  /**
   * The answer that `ask` gave at most `maxAgeMs` ago, or gives now.
   *
   * @param orElse makes the answer of the failure of `ask`, of which `known` is the answer before;
   *   or throws.
   * @param maxAgeMs the cache's lifetime by default; 0 always asks.
   */
  async get(
    name: string,
    ask: () => Promise<Value>,
    orElse: (error: unknown, known: KnownAnswer<Value> | undefined) => Value,
    maxAgeMs: number = this.#lifetimeMs,
  ): Promise<Value> {
    const entry = this.#entries.get(name);
    const now = this.#now();
    if (entry !== undefined && now - entry.askedAtMs < maxAgeMs) return await entry.value;
    const value = (async () => {
      try {
        return await ask();
      } catch (error) {
        const known = await entry?.value.then((value) => ({ value }), () => undefined);
        return orElse(error, known);
      }
    })();
    this.#remember(name, { askedAtMs: now, value });
    try {
      return await value;
    } catch (error) {
      if (this.#entries.get(name)?.value === value) this.#entries.delete(name);
      throw error;
    }
  }

  /** Whether there is an answer, however old. */
  knows(name: string): boolean {
    return this.#entries.has(name);
  }

  #remember(name: string, entry: Entry<Value>): void {
    // Again at the end, so that the order stays the order of asking.
    this.#entries.delete(name);
    this.#entries.set(name, entry);
    for (const oldest of this.#entries.keys()) {
      if (this.#entries.size <= this.#limit) break;
      this.#entries.delete(oldest);
    }
  }
}
