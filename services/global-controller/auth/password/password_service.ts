import { ApiError, conflict, unauthorized, unavailable } from "../../rest/api_error.ts";
import type { Account, AccountDirectory, NewMember } from "../account/account_directory.ts";
import { HashingOverloadedError, type SecretHasher } from "../secret_hasher.ts";
import type { SignInThrottle } from "./sign_in_throttle.ts";

const WRONG = "unknown address or wrong password";

/** Proves by passwords who somebody is. */
export class PasswordService {
  readonly #accounts: AccountDirectory;
  readonly #hasher: SecretHasher;
  readonly #throttle: SignInThrottle;

  constructor(options: {
    accounts: AccountDirectory;
    hasher: SecretHasher;
    throttle: SignInThrottle;
  }) {
    this.#accounts = options.accounts;
    this.#hasher = options.hasher;
    this.#throttle = options.throttle;
  }

  /**
   * The person whose address and password these are. An address without an account takes as long.
   *
   * @param source where the try comes from: an address, or a network of them.
   * @throws {ApiError} UNAUTHORIZED, RATE_LIMITED after too many wrong ones, SERVICE_UNAVAILABLE
   *   when too many secrets are being checked.
   */
  async verify(email: string, password: string, source: string): Promise<Account> {
    const verdict = await this.#throttle.attempt(email, source);
    if (!verdict.allowed) {
      throw new ApiError(429, "RATE_LIMITED", "too many wrong passwords: wait a while", {
        details: { retry_after_seconds: verdict.retryAfterS },
        headers: { "Retry-After": String(verdict.retryAfterS) },
      });
    }
    const account = await this.#accounts.findByEmail(email);
    const hash = account && await this.#accounts.passwordHash(account.userId);
    const matches = await this.#checked(() => this.#hasher.verify(password, hash));
    if (account === undefined || !matches) throw unauthorized(WRONG);
    await this.#throttle.succeeded(email, source);
    return account;
  }

  /**
   * Gives the person another password, and ends all login sessions but the one that asks.
   *
   * @throws {ApiError} as `verify` does, and CONFLICT for somebody who has none.
   */
  async change(
    account: Account,
    { current, next, source, sessionId }: {
      current: string;
      next: string;
      source: string;
      sessionId: string;
    },
  ): Promise<void> {
    const hash = await this.#accounts.passwordHash(account.userId);
    if (hash === undefined) throw conflict("this account has no password");
    await this.verify(account.email, current, source);
    await this.#accounts.setPassword(account.userId, await this.hash(next), sessionId);
  }

  /**
   * Accepts an invitation: as a new person who gets this password, or as the person who has the
   * invited address and this password.
   *
   * @returns undefined when the invitation is good no more.
   * @throws {ApiError} as `verify` does, and CONFLICT when the address has an account without a
   *   password.
   */
  async acceptInvitation(
    tokenHash: Uint8Array,
    { displayName, password, source }: { displayName: string; password: string; source: string },
  ): Promise<NewMember | undefined> {
    const invitation = await this.#accounts.findInvitation(tokenHash);
    if (invitation === undefined) return undefined;
    const account = await this.#accounts.findByEmail(invitation.email);
    if (account === undefined) {
      const passwordHash = await this.hash(password);
      return await this.#accounts.acceptInvitation(tokenHash, { displayName, passwordHash });
    }
    if (await this.#accounts.passwordHash(account.userId) === undefined) {
      throw conflict("this address has an account without a password: sign in there, then accept");
    }
    const { userId } = await this.verify(invitation.email, password, source);
    return await this.#accounts.acceptInvitation(tokenHash, { userId });
  }

  /**
   * What is stored of a password.
   *
   * @throws {ApiError} SERVICE_UNAVAILABLE when too many secrets are being checked.
   */
  hash(password: string): Promise<string> {
    return this.#checked(() => this.#hasher.hash(password));
  }

  async #checked<Result>(check: () => Promise<Result>): Promise<Result> {
    try {
      return await check();
    } catch (error) {
      if (error instanceof HashingOverloadedError) throw unavailable("try again in a moment");
      throw error;
    }
  }
}
