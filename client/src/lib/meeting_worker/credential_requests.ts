import type { JoinCredentials } from "../../../core/meeting/grant.ts";

/** The page's answer to one question; without credentials they could not be had. */
export interface CredentialAnswer {
  readonly id: number;
  readonly credentials?: JoinCredentials;
}

/**
 * What the worker asks the page before each join call: access tokens are short-lived, and only the
 * page can renew them.
 */
export class CredentialRequests {
  readonly #ask: (id: number) => void;
  readonly #pending = new Map<number, PromiseWithResolvers<JoinCredentials>>();
  #lastId = 0;

  /** @param ask puts the question to the page. */
  constructor(ask: (id: number) => void) {
    this.#ask = ask;
  }

  /**
   * The credentials for the next join call.
   *
   * @throws {Error} when the page cannot get them now.
   * @throws the signal's reason.
   */
  async get(signal: AbortSignal): Promise<JoinCredentials> {
    signal.throwIfAborted();
    const id = ++this.#lastId;
    const pending = Promise.withResolvers<JoinCredentials>();
    this.#pending.set(id, pending);
    const abort = () => pending.reject(signal.reason);
    signal.addEventListener("abort", abort, { once: true });
    try {
      this.#ask(id);
      return await pending.promise;
    } finally {
      signal.removeEventListener("abort", abort);
      this.#pending.delete(id);
    }
  }

  /** Takes the page's answer; one that nobody waits for any more is ignored. */
  answer({ id, credentials }: CredentialAnswer): void {
    const pending = this.#pending.get(id);
    if (credentials === undefined) pending?.reject(new Error("the page has no credentials now"));
    else pending?.resolve(credentials);
  }
}
