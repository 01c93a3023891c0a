import { readAccessToken, type TokenHolder, type VerifiedAccessToken } from "./access_token.ts";
import type { TokenKeys } from "../signing/token_keys.ts";

/** Tokens that are known at once: about 10 MB. */
export const MAX_VERIFIED_TOKENS = 10_000;

/**
 * Access tokens whose signatures were checked already. Callers send the same one for minutes, and
 * checking it costs an eighth of a small request. What time and key rotation change is looked at
 * with each use; a token that was refused is not remembered.
 */
export class VerifiedTokens {
  readonly #keys: TokenKeys;
  readonly #limit: number;
  /** By the token's text, the one known longest first. */
  readonly #verified = new Map<string, VerifiedAccessToken>();

  constructor(keys: TokenKeys, limit: number = MAX_VERIFIED_TOKENS) {
    this.#keys = keys;
    this.#limit = limit;
  }

  /**
   * The holder that `token` was issued to.
   *
   * @throws {AccessTokenError} unless it is a live access token of ours.
   */
  async holderOf(token: string, nowMs: number = Date.now()): Promise<TokenHolder> {
    const known = this.#verified.get(token);
    if (known !== undefined) {
      const live = nowMs >= known.validFromMs && nowMs < known.validUntilMs;
      if (live && await this.#keys.verificationKey("access", known.kid) === known.key) {
        return known.holder;
      }
      this.#verified.delete(token);
    }
    const verified = await readAccessToken(this.#keys, token, nowMs);
    this.#remember(token, verified);
    return verified.holder;
  }

  #remember(token: string, verified: VerifiedAccessToken): void {
    this.#verified.set(token, verified);
    for (const oldest of this.#verified.keys()) {
      if (this.#verified.size <= this.#limit) break;
      this.#verified.delete(oldest);
    }
  }
}
