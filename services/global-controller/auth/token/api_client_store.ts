import type { Scope } from "../scope.ts";

/** A program that may call the API with credentials of its own (specification 1.4). */
export interface ApiClient {
  readonly clientId: string;
  readonly organisationId: string;
  readonly scopes: ReadonlySet<Scope>;
  /** scrypt, with its parameters and salt. */
  readonly secretHash: string;
}

/** The programs that may call the API with credentials of their own. */
export interface ApiClientStore {
  /** The client, unless it is not known or was revoked. */
  find(clientId: string): Promise<ApiClient | undefined>;
  /**
   * Adds the operator's own client to the organisation that exists from the start, with every
   * scope, or gives it another secret.
   */
  saveBootstrapClient(clientId: string, secretHash: string): Promise<void>;
}
