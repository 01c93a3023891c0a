import { isDatabaseUnreachable } from "../../../../db/connection.ts";
import type { Logger } from "../../../runtime/log.ts";
import type { TokenHolder } from "../token/access_token.ts";
import type { ClientCaller, KeyCaller, UserCaller } from "../caller.ts";
import type { CredentialStore, LiveKey } from "./credential_store.ts";
import { type MembershipRole, type Scope, scopesOfRole } from "../scope.ts";
import { StatusCache } from "./status_cache.ts";

/**
 * What is known of a credential is asked again after this time, milliseconds: revocations are
 * promised to count within five seconds, and a second is left for the question and the request.
 */
export const STATUS_LIFETIME_MS = 4_000;
/** Credentials of each kind of which something is known at once. */
export const MAX_STATUSES = 10_000;

/** What a credential stands on. */
export interface CredentialStatusOptions {
  readonly store: CredentialStore;
  readonly log: Logger;
  /** Milliseconds, monotonic. */
  readonly now?: () => number;
}

/**
 * What became of credentials since they were given out: revoked clients and keys, ended login
 * sessions, disabled people and changed memberships take effect within STATUS_LIFETIME_MS. While
 * the database is away, what was known last holds, and an access token until its own end.
 */
export class CredentialStatus {
  readonly #store: CredentialStore;
  readonly #log: Logger;
  readonly #clients: StatusCache<ReadonlySet<Scope> | undefined>;
  readonly #roles: StatusCache<MembershipRole | undefined>;
  readonly #keys: StatusCache<LiveKey | undefined>;

  constructor({ store, log, now = () => performance.now() }: CredentialStatusOptions) {
    this.#store = store;
    this.#log = log;
    const bounds = { lifetimeMs: STATUS_LIFETIME_MS, limit: MAX_STATUSES, now };
    this.#clients = new StatusCache(bounds);
    this.#roles = new StatusCache(bounds);
    this.#keys = new StatusCache(bounds);
  }

  /**
   * The holder of a valid access token and what it may do now; undefined: nothing any more.
   *
   * @param maxAgeMs how old the answer may be.
   */
  ofHolder(
    holder: TokenHolder,
    maxAgeMs: number = STATUS_LIFETIME_MS,
  ): Promise<TokenHolder | undefined> {
    return holder.kind === "client"
      ? this.#ofClient(holder, maxAgeMs)
      : this.#ofPerson(holder, maxAgeMs);
  }

  /** Whether the API key was asked for of late, whatever the answer was. */
  knowsKey(keyHash: Uint8Array): boolean {
    return this.#keys.knows(keyHash.toHex());
  }

  /**
   * Whom an API key belongs to; undefined when it is good for nothing.
   *
   * @param keyHash SHA-256 of the key's text.
   * @param maxAgeMs how old the answer may be.
   * @throws when the database is away and the key was not used here before.
   */
  async ofKey(
    keyHash: Uint8Array,
    maxAgeMs: number = STATUS_LIFETIME_MS,
    nowMs: number = Date.now(),
  ): Promise<KeyCaller | undefined> {
    const key = await this.#keys.get(
      keyHash.toHex(),
      () => this.#store.useKey(keyHash),
      (error, known) => {
        if (known === undefined) throw error;
        return this.#unknown(error, known.value);
      },
      maxAgeMs,
    );
    return key !== undefined && nowMs < key.expiresAtMs ? key.caller : undefined;
  }

  async #ofClient(
    holder: ClientCaller,
    maxAgeMs: number,
  ): Promise<ClientCaller | undefined> {
    const { clientId, organisationId } = holder;
    const scopes = await this.#clients.get(
      `${organisationId} ${clientId}`,
      () => this.#store.clientScopes(clientId, organisationId),
      (error, known) => this.#unknown(error, known ? known.value : holder.scopes),
      maxAgeMs,
    );
    // A token may be narrower than its client.
    return scopes && { ...holder, scopes: holder.scopes.intersection(scopes) };
  }

  async #ofPerson(holder: UserCaller, maxAgeMs: number): Promise<UserCaller | undefined> {
    const { sessionId, organisationId, userId } = holder;
    const role = await this.#roles.get(
      `${sessionId} ${organisationId} ${userId}`,
      () => this.#store.role(holder),
      (error, known) => this.#unknown(error, known ? known.value : holder.role),
      maxAgeMs,
    );
    return role && { ...holder, role, scopes: scopesOfRole(role) };
  }

  #unknown<Value>(error: unknown, last: Value): Value {
    if (!isDatabaseUnreachable(error)) throw error;
    this.#log.debug("credentials cannot be checked; what was known holds", { error });
    return last;
  }
}
