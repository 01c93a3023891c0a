import type { ApiClientStore } from "./api_client_store.ts";

/** API clients in memory, for tests of what stands on them. */
export class InProcessApiClientStore implements ApiClientStore {
  readonly #hashes = new Map<string, string>();

  findSecretHash(clientId: string): Promise<string | undefined> {
    return Promise.resolve(this.#hashes.get(clientId));
  }

  save(clientId: string, secretHash: string): Promise<void> {
    this.#hashes.set(clientId, secretHash);
    return Promise.resolve();
  }
}
