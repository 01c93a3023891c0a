import type postgres from "postgres";
import { unavailable } from "../rest/api_error.ts";
import { type AuditEntry, type AuditLog, OPERATOR_CHAIN } from "./audit_log.ts";
import { type AuditTexts, auditTexts } from "./audit_text.ts";

/** Entries of one statement. */
const MAX_BATCH = 100;
/** Entries that may wait in this process. */
const MAX_WAITING = 10_000;

interface WaitingEntry {
  readonly texts: AuditTexts;
  readonly kept: PromiseWithResolvers<void>;
}

/**
 * The audit log in PostgreSQL (db/migrations/0007_audit_log.sql). Entries of one organisation that
 * come while one is being written share the next statement: one connection and one commit for all of
 * them. Each resolves after that commit.
 */
export class PostgresAuditLog implements AuditLog {
  readonly #sql: postgres.Sql;
  /** What waits, for each chain that is being written. */
  readonly #waiting = new Map<string, WaitingEntry[]>();
  #waitingCount = 0;

  constructor(sql: postgres.Sql) {
    this.#sql = sql;
  }

  async record(entry: AuditEntry): Promise<void> {
    if (this.#waitingCount >= MAX_WAITING) throw unavailable("the audit log is behind");
    const chain = entry.organisationId ?? OPERATOR_CHAIN;
    const waiting = { texts: auditTexts(entry), kept: Promise.withResolvers<void>() };
    this.#waitingCount++;
    const queue = this.#waiting.get(chain);
    if (queue !== undefined) {
      queue.push(waiting);
    } else {
      const first = [waiting];
      this.#waiting.set(chain, first);
      void this.#write(chain, first);
    }
    return await waiting.kept.promise;
  }

  async #write(chain: string, queue: WaitingEntry[]): Promise<void> {
    while (queue.length > 0) {
      const batch = queue.splice(0, MAX_BATCH);
      this.#waitingCount -= batch.length;
      try {
        await appendToAuditLog(this.#sql, chain, batch.map(({ texts }) => texts));
        for (const { kept } of batch) kept.resolve();
      } catch (error) {
        for (const { kept } of batch) kept.reject(error);
      }
    }
    this.#waiting.delete(chain);
  }
}

/** Adds rows to the end of a chain, all or none; `sql` may be a transaction. */
export async function appendToAuditLog(
  sql: postgres.ISql,
  chain: string,
  entries: readonly AuditTexts[],
): Promise<void> {
  await sql`
    SELECT append_to_audit_log(
      ${chain}, ${entries.map(({ actor }) => actor)}::text[],
      ${entries.map(({ action }) => action)}::text[],
      ${entries.map(({ target }) => target)}::text[],
      ${entries.map(({ details }) => details)}::text[],
      ${entries.map(({ requestId }) => requestId)}::text[],
      ${entries.map(({ address }) => address)}::text[]
    )`;
}
