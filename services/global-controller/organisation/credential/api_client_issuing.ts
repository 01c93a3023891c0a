import { HashingOverloadedError, type SecretHasher } from "../../auth/secret_hasher.ts";
import { notFound, unavailable } from "../../rest/api_error.ts";
import type { ManagedApiClient } from "./managed_api_client.ts";
import type { ApiClientRequest, ManagedApiClientStore } from "./managed_api_client_store.ts";
import { createSecretToken } from "../secret_token.ts";

/** A client and its secret, which is known this once. */
export interface IssuedApiClient {
  readonly client: ManagedApiClient;
  readonly secret: string;
}

/** Makes API clients and their secrets. */
export class ApiClientIssuing {
  readonly #clients: ManagedApiClientStore;
  readonly #hasher: SecretHasher;

  constructor(clients: ManagedApiClientStore, hasher: SecretHasher) {
    this.#clients = clients;
    this.#hasher = hasher;
  }

  /** @throws {ApiError} SERVICE_UNAVAILABLE while there are too many secrets to hash. */
  async create(request: Omit<ApiClientRequest, "secretHash">): Promise<IssuedApiClient> {
    const secret = createSecretToken();
    const secretHash = await this.#hash(secret);
    return { client: await this.#clients.create({ ...request, secretHash }), secret };
  }

  /**
   * Gives the client another secret; the one before is refused from then on, and access tokens that
   * it brought last until their own end.
   *
   * @throws {ApiError} NOT_FOUND, SERVICE_UNAVAILABLE.
   */
  async rotateSecret(organisationId: string, client: ManagedApiClient): Promise<IssuedApiClient> {
    const secret = createSecretToken();
    const secretHash = await this.#hash(secret);
    if (!await this.#clients.replaceSecret(organisationId, client.clientId, secretHash)) {
      throw notFound("no such API client");
    }
    return { client, secret };
  }

  async #hash(secret: string): Promise<string> {
    try {
      return await this.#hasher.hash(secret);
    } catch (error) {
      if (error instanceof HashingOverloadedError) throw unavailable("try again in a moment");
      throw error;
    }
  }
}
