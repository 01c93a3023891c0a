import type { UsedTokenStore } from "./used_token_store.ts";

/** Most tokens remembered; beyond, none is accepted until some have expired. */
export const MAX_USED_TOKENS = 100_000;

/** In the memory of this process: enough for tokens that name this process as their audience. */
export class InProcessUsedTokenStore implements UsedTokenStore {
  /** When each token expires; in the order of use. */
  readonly #expiresAtMs = new Map<string, number>();

  constructor(
    private readonly options: { now: () => number; limit?: number },
  ) {}

  use(tokenId: string, lifetimeMs: number): Promise<boolean> {
    const now = this.options.now();
    const expiresAtMs = this.#expiresAtMs.get(tokenId);
    if (expiresAtMs !== undefined && expiresAtMs > now) return Promise.resolve(false);
    const limit = this.options.limit ?? MAX_USED_TOKENS;
    if (this.#expiresAtMs.size >= limit) this.#forgetExpired(now);
    if (this.#expiresAtMs.size >= limit) {
      return Promise.reject(new Error("too many used tokens to remember another"));
    }
    // Again at the end, so that the order stays the order of use.
    this.#expiresAtMs.delete(tokenId);
    this.#expiresAtMs.set(tokenId, now + lifetimeMs);
    return Promise.resolve(true);
  }

  #forgetExpired(now: number): void {
    for (const [tokenId, expiresAtMs] of this.#expiresAtMs) {
      if (expiresAtMs <= now) this.#expiresAtMs.delete(tokenId);
    }
  }
}
