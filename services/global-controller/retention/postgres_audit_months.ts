import type postgres from "postgres";
import { type DroppedMonthDetails, MONTH_DROPPED } from "../audit/audit_chain.ts";
import { auditTexts } from "../audit/audit_text.ts";
import { appendToAuditLog } from "../audit/postgres_audit_log.ts";

/** The actor of what retention does. */
export const RETENTION_ACTOR = "service:retention";
/** Longest wait for a lock on the audit log: appends wait behind it, milliseconds. */
const LOCK_TIMEOUT_MS = 2_000;
/** Longest statement here: rows that have to move, milliseconds. */
const STATEMENT_TIMEOUT_MS = 60_000;

/**
 * Makes the partitions of this month and the next, and of the months whose rows came before their
 * partition did. Answers how many it made.
 */
export async function makeAuditPartitions(sql: postgres.Sql): Promise<number> {
  const months = await sql<{ month: string }[]>`
    SELECT (now() + n * interval '1 month')::text AS month FROM generate_series(0, 1) AS n
    UNION ALL
    SELECT DISTINCT date_trunc('month', occurred_at, 'UTC')::text FROM audit_log_default`;
  let made = 0;
  for (const { month } of months) {
    made += await patiently(sql, async (transaction) => {
      const [row] = await transaction<{ made: boolean }[]>`
        SELECT make_audit_partition(${month}::text::timestamptz) AS made`;
      return row!.made ? 1 : 0;
    });
  }
  return made;
}

/**
 * Drops the months of the audit log that ended `keptMonths` ago, the oldest first. Each chain tells
 * of it with the hash that its rows now begin behind (`audit.month_dropped`), in the same transaction.
 * Answers how many months were dropped.
 */
export async function dropAuditMonths(sql: postgres.Sql, keptMonths: number): Promise<number> {
  const partitions = await sql<{ name: string }[]>`
    SELECT c.relname AS name FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
    WHERE i.inhparent = 'audit_log'::regclass AND c.relname ~ '^audit_log_[0-9]{4}_[0-9]{2}$'
      AND to_timestamp(right(c.relname, 7), 'YYYY_MM')::timestamp AT TIME ZONE 'UTC'
        + (${keptMonths} + 1) * interval '1 month' <= now()
    ORDER BY c.relname`;
  for (const { name } of partitions) {
    await patiently(sql, (transaction) => dropMonth(transaction, name));
  }
  return partitions.length;
}

async function dropMonth(sql: postgres.TransactionSql, partition: string): Promise<void> {
  // The chains first: an append has its chain's row before it needs the table.
  await sql`SELECT organisation_id FROM audit_chains ORDER BY organisation_id FOR UPDATE`;
  const anchors = await sql<{ chain: string; sequence: string; hash: string }[]>`
    SELECT c.organisation_id AS chain, last.sequence, encode(last.row_hash, 'hex') AS hash
    FROM audit_chains c CROSS JOIN LATERAL (
      SELECT sequence, row_hash FROM ${sql(partition)} p
      WHERE p.organisation_id = c.organisation_id ORDER BY sequence DESC LIMIT 1
    ) AS last`;
  for (const { chain, sequence, hash } of anchors) {
    const details: DroppedMonthDetails = { anchor_sequence: Number(sequence), anchor_hash: hash };
    await appendToAuditLog(sql, chain, [auditTexts({
      organisationId: chain,
      actor: RETENTION_ACTOR,
      action: MONTH_DROPPED,
      target: partition,
      details: { ...details },
    })]);
    await sql`
      UPDATE audit_chains SET anchor_sequence = ${sequence}, anchor_hash = decode(${hash}, 'hex')
      WHERE organisation_id = ${chain}`;
  }
  await sql`DROP TABLE ${sql(partition)}`;
}

async function patiently<Result>(
  sql: postgres.Sql,
  act: (transaction: postgres.TransactionSql) => Promise<Result>,
): Promise<Result> {
  const result = await sql.begin(async (transaction) => {
    await transaction`SELECT set_config('lock_timeout', ${String(LOCK_TIMEOUT_MS)}, true),
      set_config('statement_timeout', ${String(STATEMENT_TIMEOUT_MS)}, true)`;
    return { value: await act(transaction) };
  });
  return result.value;
}
