import type { Database } from "../../../db/connection.ts";
import type { ClaimVerdict, IdempotencyClaim, IdempotencyStore } from "./idempotency_store.ts";

/** How long an answer is kept, hours. */
export const ANSWER_LIFETIME_H = 24;
/**
 * How long a request may be carried out, seconds; then its process is taken for dead, and the same
 * request may be tried again. Statements and calls between services take 5 s at most each.
 */
export const HOLD_LIMIT_S = 60;
/** A key that is freed between two statements is claimed again this often. */
const CLAIM_ATTEMPTS = 3;

/** Kept answers in PostgreSQL. */
export class PostgresIdempotencyStore implements IdempotencyStore {
  readonly #sql: Database;

  constructor(sql: Database) {
    this.#sql = sql;
  }

  async claim(claim: IdempotencyClaim): Promise<ClaimVerdict> {
    for (let attempt = 0; attempt < CLAIM_ATTEMPTS; attempt++) {
      if (await this.#hold(claim)) return { kind: "held" };
      const [row] = await this.#sql<{ is_same: boolean; answer: Uint8Array | null }[]>`
        SELECT request_hash = ${claim.requestHash} AS is_same, answer
        FROM idempotency_keys WHERE key_hash = ${claim.keyHash}`;
      if (row === undefined) continue;
      if (!row.is_same) return { kind: "reused" };
      return row.answer === null
        ? { kind: "in_progress" }
        : { kind: "answered", answer: row.answer };
    }
    return { kind: "in_progress" };
  }

  /** Takes a key that nobody has, that has expired, or whose holder of this same request died. */
  async #hold({ keyHash, requestHash, holder }: IdempotencyClaim): Promise<boolean> {
    const { count } = await this.#sql`
      INSERT INTO idempotency_keys AS kept (key_hash, request_hash, holder, held_until, expires_at)
      VALUES (${keyHash}, ${requestHash}, ${holder},
        now() + ${HOLD_LIMIT_S} * interval '1 second',
        now() + ${ANSWER_LIFETIME_H} * interval '1 hour')
      ON CONFLICT (key_hash) DO UPDATE SET
        request_hash = EXCLUDED.request_hash, holder = EXCLUDED.holder, answer = NULL,
        held_until = EXCLUDED.held_until, expires_at = EXCLUDED.expires_at, created_at = now()
      WHERE kept.expires_at <= now() OR
        (kept.answer IS NULL AND kept.held_until <= now()
          AND kept.request_hash = EXCLUDED.request_hash)`;
    return count === 1;
  }

  async keep({ keyHash, holder }: IdempotencyClaim, answer: Uint8Array): Promise<void> {
    await this.#sql`
      UPDATE idempotency_keys SET answer = ${answer}
      WHERE key_hash = ${keyHash} AND holder = ${holder} AND answer IS NULL`;
  }

  async release({ keyHash, holder }: IdempotencyClaim): Promise<void> {
    await this.#sql`
      DELETE FROM idempotency_keys
      WHERE key_hash = ${keyHash} AND holder = ${holder} AND answer IS NULL`;
  }
}
