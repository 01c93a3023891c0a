import type postgres from "postgres";
import { notFound } from "../../rest/api_error.ts";
import { type Page, pageOf } from "../../rest/cursor.ts";
import { isAfter, pageTime } from "../../rest/postgres_page.ts";
import { createClientId, type ManagedApiClient, MAX_API_CLIENTS } from "./managed_api_client.ts";
import type { ApiClientRequest, ManagedApiClientStore } from "./managed_api_client_store.ts";
import { quotaExceeded } from "../quota/quota.ts";

/** The administered API clients in PostgreSQL (db/migrations/). */
export class PostgresManagedApiClientStore implements ManagedApiClientStore {
  readonly #sql: postgres.Sql;

  constructor(sql: postgres.Sql) {
    this.#sql = sql;
  }

  async create(request: ApiClientRequest): Promise<ManagedApiClient> {
    const { organisationId, name, scopes, secretHash } = request;
    return await this.#sql.begin(async (transaction) => {
      // Those who create at once count one after the other.
      await transaction`SELECT FROM organisations WHERE organisation_id = ${organisationId}
        FOR NO KEY UPDATE`;
      const [row] = await transaction<ManagedApiClient[]>`
        INSERT INTO api_clients AS c (client_id, secret_hash, organisation_id, name, scopes)
        SELECT ${createClientId()}, ${secretHash}, ${organisationId}::uuid, ${name},
          ${[...scopes]}::text[]
        WHERE ${MAX_API_CLIENTS} > (
          SELECT count(*) FROM api_clients
          WHERE organisation_id = ${organisationId} AND revoked_at IS NULL
        )
        RETURNING ${this.#columns()}`;
      if (row === undefined) throw quotaExceeded("api_clients", MAX_API_CLIENTS);
      return row;
    });
  }

  async list(organisationId: string, { limit, after }: Page) {
    const sql = this.#sql;
    const rows = await sql<(ManagedApiClient & { pageTime: string })[]>`
      SELECT ${this.#columns()}, ${pageTime(sql, "c.created_at")} AS "pageTime"
      FROM api_clients c
      WHERE c.organisation_id = ${organisationId} AND c.revoked_at IS NULL
        AND ${isAfter(sql, "c.created_at", "c.client_id", after)}
      ORDER BY c.created_at DESC, c.client_id DESC LIMIT ${limit + 1}`;
    return pageOf(rows, limit, (row) => ({ time: row.pageTime, id: row.clientId }));
  }

  async find(organisationId: string, clientId: string): Promise<ManagedApiClient | undefined> {
    const [row] = await this.#sql<ManagedApiClient[]>`
      SELECT ${this.#columns()} FROM api_clients c
      WHERE c.organisation_id = ${organisationId} AND c.client_id = ${clientId}
        AND c.revoked_at IS NULL`;
    return row;
  }

  async replaceSecret(
    organisationId: string,
    clientId: string,
    secretHash: string,
  ): Promise<boolean> {
    const replaced = await this.#sql`
      UPDATE api_clients SET secret_hash = ${secretHash}, updated_at = now()
      WHERE organisation_id = ${organisationId} AND client_id = ${clientId}
        AND revoked_at IS NULL`;
    return replaced.count > 0;
  }

  async revoke(organisationId: string, clientId: string): Promise<boolean> {
    const [row] = await this.#sql<{ revoked: boolean }[]>`
      WITH revoked AS (
        UPDATE api_clients SET revoked_at = now(), updated_at = now()
        WHERE organisation_id = ${organisationId} AND client_id = ${clientId}
          AND revoked_at IS NULL RETURNING client_id
      )
      SELECT EXISTS (SELECT FROM revoked) AS revoked FROM api_clients
      WHERE organisation_id = ${organisationId} AND client_id = ${clientId}`;
    if (row === undefined) throw notFound("no such API client");
    return row.revoked;
  }

  #columns() {
    return this.#sql`
      c.client_id AS "clientId", c.name, c.scopes, c.created_at AS "createdAt"`;
  }
}
