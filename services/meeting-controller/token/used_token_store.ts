/** Remembers which single-use tokens were used, for as long as they would be valid. */
export interface UsedTokenStore {
  /**
   * Uses up the token `tokenId` (its `jti`), which is valid for `lifetimeMs` from now.
   *
   * @returns true the first time and never again; of several callers at once, true for one.
   * @throws when the store cannot tell; the token then counts as refused.
   */
  use(tokenId: string, lifetimeMs: number): Promise<boolean>;
}
