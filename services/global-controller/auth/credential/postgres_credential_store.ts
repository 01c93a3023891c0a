import type postgres from "postgres";
import type { UserCaller } from "../caller.ts";
import type { CredentialStore, LiveKey } from "./credential_store.ts";
import { isScope, type MembershipRole, type Scope } from "../scope.ts";

/** The use of an API key is written down at most this often. */
const KEY_USE_INTERVAL = "1 minute";

/** Credentials in PostgreSQL (db/migrations/0002_accounts.sql). */
export class PostgresCredentialStore implements CredentialStore {
  readonly #sql: postgres.Sql;

  constructor(sql: postgres.Sql) {
    this.#sql = sql;
  }

  async clientScopes(
    clientId: string,
    organisationId: string,
  ): Promise<ReadonlySet<Scope> | undefined> {
    const [row] = await this.#sql<{ scopes: string[] }[]>`
      SELECT scopes FROM api_clients
      WHERE client_id = ${clientId} AND organisation_id = ${organisationId}
        AND revoked_at IS NULL`;
    return row && new Set(row.scopes.filter(isScope));
  }

  async role(
    { userId, sessionId, organisationId }: Pick<
      UserCaller,
      "userId" | "sessionId" | "organisationId"
    >,
  ): Promise<MembershipRole | undefined> {
    const [row] = await this.#sql<{ role: MembershipRole }[]>`
      SELECT m.role FROM login_sessions s
      JOIN users u USING (user_id)
      JOIN memberships m USING (user_id)
      WHERE s.session_id = ${sessionId} AND s.user_id = ${userId}
        AND s.revoked_at IS NULL AND s.expires_at > now()
        AND u.disabled_at IS NULL AND m.organisation_id = ${organisationId}`;
    return row?.role;
  }

  async useKey(keyHash: Uint8Array): Promise<LiveKey | undefined> {
    const [row] = await this.#sql<
      { key_id: string; organisation_id: string; scopes: string[]; expires_at: Date | null }[]
    >`
      WITH used AS (
        UPDATE api_keys SET last_used_at = now()
        WHERE key_hash = ${keyHash} AND revoked_at IS NULL
          AND (last_used_at IS NULL OR last_used_at < now() - ${KEY_USE_INTERVAL}::interval)
      )
      SELECT key_id, organisation_id, scopes, expires_at FROM api_keys
      WHERE key_hash = ${keyHash} AND revoked_at IS NULL
        AND (expires_at IS NULL OR expires_at > now())`;
    return row && {
      caller: {
        kind: "key",
        keyId: row.key_id,
        organisationId: row.organisation_id,
        scopes: new Set(row.scopes.filter(isScope)),
      },
      expiresAtMs: row.expires_at?.getTime() ?? Infinity,
    };
  }
}
