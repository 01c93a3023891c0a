import type postgres from "postgres";
import { hashSecretToken } from "../../organisation/secret_token.ts";
import { type OidcSignInStore, type PendingSignIn, SIGN_IN_MINUTES } from "./oidc_sign_in_store.ts";

/** Expired sign-ins that are deleted when one is added. */
const DELETED_AT_ONCE = 10;

/** Sign-ins at the provider in PostgreSQL (db/migrations/0002_accounts.sql). */
export class PostgresOidcSignInStore implements OidcSignInStore {
  readonly #sql: postgres.Sql;

  constructor(sql: postgres.Sql) {
    this.#sql = sql;
  }

  async add({ secrets, returnTo, invitationHash }: PendingSignIn, browser: string): Promise<void> {
    await this.#sql`
      WITH expired AS (
        DELETE FROM oidc_sign_ins WHERE state_hash IN (
          SELECT state_hash FROM oidc_sign_ins WHERE expires_at < now()
          LIMIT ${DELETED_AT_ONCE} FOR UPDATE SKIP LOCKED
        )
      )
      INSERT INTO oidc_sign_ins
        (state_hash, browser_hash, nonce, code_verifier, return_to, invitation_hash, expires_at)
      VALUES (${await hashSecretToken(secrets.state)}, ${await hashSecretToken(browser)},
        ${secrets.nonce}, ${secrets.codeVerifier}, ${returnTo}, ${invitationHash ?? null},
        now() + ${SIGN_IN_MINUTES} * interval '1 minute')`;
  }

  async take(state: string, browser: string): Promise<PendingSignIn | undefined> {
    const [row] = await this.#sql<{
      nonce: string;
      code_verifier: string;
      return_to: string;
      invitation_hash: Uint8Array | null;
    }[]>`
      DELETE FROM oidc_sign_ins
      WHERE state_hash = ${await hashSecretToken(state)}
        AND browser_hash = ${await hashSecretToken(browser)} AND expires_at > now()
      RETURNING nonce, code_verifier, return_to, invitation_hash`;
    return row && {
      secrets: { state, nonce: row.nonce, codeVerifier: row.code_verifier },
      returnTo: row.return_to,
      invitationHash: row.invitation_hash ?? undefined,
    };
  }
}
