import type postgres from "postgres";
import type { Scope } from "../../auth/scope.ts";
import { notFound } from "../../rest/api_error.ts";
import { type Page, pageOf } from "../../rest/cursor.ts";
import { isAfter, pageTime } from "../../rest/postgres_page.ts";
import { type ApiKey, apiKeyPrefix, createApiKeyText, MAX_API_KEYS } from "./api_key.ts";
import type { ApiKeyRequest, ApiKeyStore } from "./api_key_store.ts";
import { quotaExceeded } from "../quota/quota.ts";
import { hashSecretToken } from "../secret_token.ts";

interface KeyRow {
  readonly key_id: string;
  readonly name: string;
  readonly prefix: string;
  readonly scopes: Scope[];
  readonly created_at: Date;
  readonly expires_at: Date | null;
  readonly last_used_at: Date | null;
}

/** API keys in PostgreSQL (db/migrations/). */
export class PostgresApiKeyStore implements ApiKeyStore {
  readonly #sql: postgres.Sql;

  constructor(sql: postgres.Sql) {
    this.#sql = sql;
  }

  async create(request: ApiKeyRequest): Promise<{ key: ApiKey; text: string }> {
    const { organisationId, name, scopes, expiresAt, createdBy } = request;
    const text = createApiKeyText();
    const keyHash = await hashSecretToken(text);
    return await this.#sql.begin(async (transaction) => {
      // Those who create at once count one after the other.
      await transaction`SELECT FROM organisations WHERE organisation_id = ${organisationId}
        FOR NO KEY UPDATE`;
      const [row] = await transaction<KeyRow[]>`
        INSERT INTO api_keys
          (organisation_id, name, prefix, key_hash, scopes, expires_at, created_by)
        SELECT ${organisationId}::uuid, ${name}, ${apiKeyPrefix(text)}, ${keyHash}::bytea,
          ${[...scopes]}::text[], ${expiresAt ?? null}::timestamptz, ${createdBy}::uuid
        WHERE ${MAX_API_KEYS} > (
          SELECT count(*) FROM api_keys
          WHERE organisation_id = ${organisationId} AND revoked_at IS NULL
        )
        RETURNING *`;
      if (row === undefined) throw quotaExceeded("api_keys", MAX_API_KEYS);
      return { key: keyOf(row), text };
    });
  }

  async list(organisationId: string, { limit, after }: Page) {
    const sql = this.#sql;
    const rows = await sql<(KeyRow & { page_time: string })[]>`
      SELECT k.*, ${pageTime(sql, "k.created_at")} AS page_time FROM api_keys k
      WHERE k.organisation_id = ${organisationId} AND k.revoked_at IS NULL
        AND ${isAfter(sql, "k.created_at", "k.key_id", after)}
      ORDER BY k.created_at DESC, k.key_id DESC LIMIT ${limit + 1}`;
    const page = pageOf(rows, limit, (row) => ({ time: row.page_time, id: row.key_id }));
    return { ...page, items: page.items.map(keyOf) };
  }

  async revoke(organisationId: string, keyId: string): Promise<boolean> {
    const [row] = await this.#sql<{ revoked: boolean }[]>`
      WITH revoked AS (
        UPDATE api_keys SET revoked_at = now() WHERE organisation_id = ${organisationId}
          AND key_id = ${keyId} AND revoked_at IS NULL RETURNING key_id
      )
      SELECT EXISTS (SELECT FROM revoked) AS revoked FROM api_keys
      WHERE organisation_id = ${organisationId} AND key_id = ${keyId}`;
    if (row === undefined) throw notFound("no such API key");
    return row.revoked;
  }
}

function keyOf(row: KeyRow): ApiKey {
  return {
    keyId: row.key_id,
    name: row.name,
    prefix: row.prefix,
    scopes: row.scopes,
    createdAt: row.created_at,
    expiresAt: row.expires_at ?? undefined,
    lastUsedAt: row.last_used_at ?? undefined,
  };
}
