import type postgres from "postgres";
import type { ApiClientStore } from "./api_client_store.ts";

/** API clients in PostgreSQL (db/migrations/). */
export class PostgresApiClientStore implements ApiClientStore {
  readonly #sql: postgres.Sql;

  constructor(sql: postgres.Sql) {
    this.#sql = sql;
  }

  async findSecretHash(clientId: string): Promise<string | undefined> {
    const [row] = await this.#sql<{ secret_hash: string }[]>`
      SELECT secret_hash FROM api_clients WHERE client_id = ${clientId}`;
    return row?.secret_hash;
  }

  async save(clientId: string, secretHash: string): Promise<void> {
    await this.#sql`
      INSERT INTO api_clients (client_id, secret_hash) VALUES (${clientId}, ${secretHash})
      ON CONFLICT (client_id) DO UPDATE SET
        secret_hash = excluded.secret_hash, updated_at = now()`;
  }
}
