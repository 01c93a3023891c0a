import type postgres from "postgres";
import {
  type AttemptVerdict,
  FAILURE_WINDOW_MINUTES,
  failureLimit,
  type SignInThrottle,
} from "./sign_in_throttle.ts";

/** Windows that are over and are deleted with one try. */
const DELETED_AT_ONCE = 10;

/** Wrong passwords in PostgreSQL, counted for all global controllers together. */
export class PostgresSignInThrottle implements SignInThrottle {
  readonly #sql: postgres.Sql;

  constructor(sql: postgres.Sql) {
    this.#sql = sql;
  }

  async attempt(email: string, source: string): Promise<AttemptVerdict> {
    const sql = this.#sql;
    const account = await accountHash(email);
    const [row] = await sql<{ failures: number; total: number; seconds: number }[]>`
      WITH over AS (
        DELETE FROM sign_in_failures WHERE ctid IN (
          SELECT ctid FROM sign_in_failures
          WHERE window_ends_at < now() AND (account_hash, source) <> (${account}, ${source})
          LIMIT ${DELETED_AT_ONCE} FOR UPDATE SKIP LOCKED
        )
      )
      INSERT INTO sign_in_failures AS f (account_hash, source, failures, window_ends_at)
      VALUES (${account}, ${source}, 1, now() + ${FAILURE_WINDOW_MINUTES} * interval '1 minute')
      ON CONFLICT (account_hash, source) DO UPDATE SET
        failures = CASE WHEN f.window_ends_at > now()
          THEN least(f.failures + 1, 1000000) ELSE 1 END,
        window_ends_at = CASE WHEN f.window_ends_at > now()
          THEN f.window_ends_at ELSE excluded.window_ends_at END
      RETURNING failures,
        ceil(extract(epoch FROM window_ends_at - now()))::int AS seconds,
        (SELECT coalesce(sum(failures), 0)::int FROM sign_in_failures
          WHERE account_hash = ${account} AND window_ends_at > now()) AS total`;
    const { failures, total, seconds } = row!;
    if (failures <= failureLimit(total)) return { allowed: true };
    return { allowed: false, retryAfterS: Math.max(1, seconds) };
  }

  async succeeded(email: string, source: string): Promise<void> {
    await this.#sql`DELETE FROM sign_in_failures
      WHERE account_hash = ${await accountHash(email)} AND source = ${source}`;
  }
}

async function accountHash(email: string): Promise<Uint8Array> {
  const bytes = new TextEncoder().encode(email.toLowerCase());
  return new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
}
