import { hashSecretToken } from "../../organisation/secret_token.ts";
import type { Authenticator } from "../../rest/caller.ts";
import { AccessTokenError } from "./access_token.ts";
import type { Caller } from "../caller.ts";
import { type CredentialStatus, STATUS_LIFETIME_MS } from "../credential/credential_status.ts";
import type { TokenKeys } from "../signing/token_keys.ts";
import { VerifiedTokens } from "./verified_tokens.ts";

/** An API key: SHA-256 of the whole text is stored. */
const API_KEY = /^dt_[A-Za-z0-9_-]{43}$/;
/**
 * Whoever changes anything is looked up anew, or a credential that was just revoked would leave
 * another one behind: invitations, roles, keys, clients, webhooks, guest links. Not so whoever joins,
 * as many do at once. A path that is written in another way, as with `%6F`, does not match.
 */
const PASSING = /^\/api\/v1\/meetings\/[^/]+\/join$/;
const BEARER = /^Bearer +(\S+)$/i;

/** Reads the `Authorization` header (RFC 6750): an access token or an API key. */
export class BearerAuthenticator implements Authenticator {
  readonly #tokens: VerifiedTokens;
  readonly #status: CredentialStatus;

  constructor(keys: TokenKeys, status: CredentialStatus) {
    this.#tokens = new VerifiedTokens(keys);
    this.#status = status;
  }

  async identify(
    request: Request,
    { knownOnly }: { readonly knownOnly: boolean } = { knownOnly: false },
  ): Promise<Caller | undefined> {
    const authorization = request.headers.get("authorization");
    if (authorization === null) return { kind: "guest" };
    const token = BEARER.exec(authorization)?.[1];
    if (token === undefined) return undefined;
    const maxAgeMs = changesWhatLasts(request) ? 0 : STATUS_LIFETIME_MS;
    if (API_KEY.test(token)) {
      const keyHash = await hashSecretToken(token);
      if (knownOnly && !this.#status.knowsKey(keyHash)) return undefined;
      return await this.#status.ofKey(keyHash, maxAgeMs);
    }
    try {
      return await this.#status.ofHolder(await this.#tokens.holderOf(token), maxAgeMs);
    } catch (error) {
      if (error instanceof AccessTokenError) return undefined;
      throw error;
    }
  }
}

function changesWhatLasts({ method, url }: Request): boolean {
  return method !== "GET" && method !== "HEAD" && !PASSING.test(new URL(url).pathname);
}
