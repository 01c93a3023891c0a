/** The programs that may call the API with credentials of their own. */
export interface ApiClientStore {
  /** The stored hash of the client's secret, or undefined for a client that is not known. */
  findSecretHash(clientId: string): Promise<string | undefined>;
  /** Adds a client, or gives it another secret. */
  save(clientId: string, secretHash: string): Promise<void>;
}
