import type { Authenticator } from "../rest/caller.ts";
import { AccessTokenError, verifyAccessToken } from "./access_token.ts";
import type { Caller } from "./caller.ts";
import type { SigningKeys } from "./signing_keys.ts";

const BEARER = /^Bearer +(\S+)$/i;

/** Reads the `Authorization` header (RFC 6750). */
export class BearerAuthenticator implements Authenticator {
  readonly #keys: SigningKeys;

  constructor(keys: SigningKeys) {
    this.#keys = keys;
  }

  async identify(request: Request): Promise<Caller | undefined> {
    const authorization = request.headers.get("authorization");
    if (authorization === null) return { kind: "guest" };
    const token = BEARER.exec(authorization)?.[1];
    if (token === undefined) return undefined;
    try {
      return await verifyAccessToken(this.#keys, token);
    } catch (error) {
      if (error instanceof AccessTokenError) return undefined;
      throw error;
    }
  }
}
