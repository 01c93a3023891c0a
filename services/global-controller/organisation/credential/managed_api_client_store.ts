import type { Scope } from "../../auth/scope.ts";
import type { Page, pageOf } from "../../rest/cursor.ts";
import type { ManagedApiClient } from "./managed_api_client.ts";

/** A client to make. */
export interface ApiClientRequest {
  readonly organisationId: string;
  readonly name: string;
  readonly scopes: readonly Scope[];
  /** scrypt (auth/secret_hasher.ts). */
  readonly secretHash: string;
}

/** The API clients that each organisation administers; auth/ is who checks their secrets. */
export interface ManagedApiClientStore {
  /** @throws {ApiError} QUOTA_EXCEEDED beyond MAX_API_CLIENTS. */
  create(request: ApiClientRequest): Promise<ManagedApiClient>;

  /** Those that are not revoked, the newest first; the cursor's ids are text. */
  list(organisationId: string, page: Page): Promise<ReturnType<typeof pageOf<ManagedApiClient>>>;

  /** The client, unless it is revoked. */
  find(organisationId: string, clientId: string): Promise<ManagedApiClient | undefined>;

  /** Gives a client that is not revoked another secret; false when there is none. */
  replaceSecret(organisationId: string, clientId: string, secretHash: string): Promise<boolean>;

  /**
   * Makes a client good for nothing.
   *
   * @returns false when it was so already.
   * @throws {ApiError} NOT_FOUND.
   */
  revoke(organisationId: string, clientId: string): Promise<boolean>;
}
