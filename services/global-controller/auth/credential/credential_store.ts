import type { KeyCaller, UserCaller } from "../caller.ts";
import type { MembershipRole, Scope } from "../scope.ts";

/** An API key that is good now. */
export interface LiveKey {
  readonly caller: KeyCaller;
  /** Infinity: never. */
  readonly expiresAtMs: number;
}

/** What holds now for credentials that were given out before. */
export interface CredentialStore {
  /** What the client may do in the organisation; undefined when it was revoked or is not there. */
  clientScopes(clientId: string, organisationId: string): Promise<ReadonlySet<Scope> | undefined>;
  /**
   * The person's role in the organisation; undefined when the login session ended, the person was
   * disabled, or is no member.
   */
  role(
    person: Pick<UserCaller, "userId" | "sessionId" | "organisationId">,
  ): Promise<MembershipRole | undefined>;
  /**
   * The API key with this hash, which counts as used now; undefined when it was revoked, has expired
   * or is not there.
   *
   * @param keyHash SHA-256 of the key's text.
   */
  useKey(keyHash: Uint8Array): Promise<LiveKey | undefined>;
}
