import type postgres from "postgres";
import type { ApiClient, ApiClientStore } from "./api_client_store.ts";
import { isScope, SCOPES } from "../scope.ts";

/** API clients in PostgreSQL (db/migrations/). */
export class PostgresApiClientStore implements ApiClientStore {
  readonly #sql: postgres.Sql;

  constructor(sql: postgres.Sql) {
    this.#sql = sql;
  }

  async find(clientId: string): Promise<ApiClient | undefined> {
    const [row] = await this.#sql<
      { organisation_id: string; scopes: string[]; secret_hash: string }[]
    >`
      SELECT organisation_id, scopes, secret_hash FROM api_clients
      WHERE client_id = ${clientId} AND revoked_at IS NULL`;
    return row && {
      clientId,
      organisationId: row.organisation_id,
      scopes: new Set(row.scopes.filter(isScope)),
      secretHash: row.secret_hash,
    };
  }

  async saveBootstrapClient(clientId: string, secretHash: string): Promise<void> {
    await this.#sql`
      INSERT INTO api_clients (client_id, secret_hash, organisation_id, name, scopes)
      SELECT ${clientId}, ${secretHash}, organisation_id, 'Made at start', ${[...SCOPES]}
      FROM organisations ORDER BY created_at LIMIT 1
      ON CONFLICT (client_id) DO UPDATE SET
        secret_hash = excluded.secret_hash, updated_at = now()`;
  }
}
