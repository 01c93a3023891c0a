import type postgres from "postgres";
import type { Logger } from "../../runtime/log.ts";
import { auditTexts } from "../audit/audit_text.ts";
import { appendToAuditLog } from "../audit/postgres_audit_log.ts";
import { dropAuditMonths, makeAuditPartitions, RETENTION_ACTOR } from "./postgres_audit_months.ts";
import type { Retention, RetentionReport } from "./retention.ts";
import type { RetentionSettings } from "./retention_settings.ts";

/** Held while one process runs: "reta" in ASCII. */
const ADVISORY_LOCK = 0x72657461;
/** Rows of one statement, so that none holds locks for long. */
const BATCH_SIZE = 1_000;
/** Rows of one statement where each takes others with it. */
const CASCADING_BATCH_SIZE = 200;
/** Statements of one rule in one run: a backlog is worked off over several runs. */
const MAX_BATCHES = 500;

/** One kind of rows that do not stay. */
interface Rule {
  readonly name: string;
  readonly batchSize: number;
  /** Deletes or marks at most `batchSize` rows; answers how many. */
  apply(): Promise<number>;
}

/** Retention in PostgreSQL. Time is the database's. */
export class PostgresRetention implements Retention {
  readonly #sql: postgres.Sql;
  readonly #settings: RetentionSettings;
  readonly #log: Logger;

  constructor(sql: postgres.Sql, settings: RetentionSettings, log: Logger) {
    this.#sql = sql;
    this.#settings = settings;
    this.#log = log;
  }

  async run(signal: AbortSignal): Promise<RetentionReport | undefined> {
    const lock = await this.#sql.reserve();
    try {
      const [row] = await lock<{ taken: boolean }[]>`
        SELECT pg_try_advisory_lock(${ADVISORY_LOCK}) AS taken`;
      if (!row!.taken) return undefined;
      try {
        return await this.#runAll(signal);
      } finally {
        await lock`SELECT pg_advisory_unlock(${ADVISORY_LOCK})`;
      }
    } finally {
      lock.release();
    }
  }

  async claimRun(intervalMs: number): Promise<boolean> {
    const rows = await this.#sql`
      INSERT INTO retention_runs (started_at) VALUES (now())
      ON CONFLICT (singleton) DO UPDATE SET started_at = now()
      WHERE retention_runs.started_at <= now() - ${intervalMs} * interval '1 millisecond'
      RETURNING started_at`;
    return rows.length > 0;
  }

  async #runAll(signal: AbortSignal): Promise<RetentionReport> {
    const counts: Record<string, number> = {};
    let complete = true;
    for (const rule of this.#rules()) {
      try {
        const { count, done } = await applyAll(rule, signal);
        if (count > 0) counts[rule.name] = count;
        complete &&= done;
      } catch (error) {
        // One rule that fails, as for a lock that another holds, keeps no other from its work.
        complete = false;
        this.#log.warn("retention failed", { rule: rule.name, error });
      }
    }
    return { counts, complete };
  }

  #rules(): Rule[] {
    const sql = this.#sql;
    const { attendanceDays, webhookEventDays, invitationDays, auditMonths } = this.#settings;
    const daysAgo = (days: number) => sql`now() - ${days} * interval '1 day'`;
    const once = (name: string, act: () => Promise<number>): Rule => ({
      name,
      batchSize: Infinity,
      apply: act,
    });
    const rules: (Rule | false)[] = [
      once("audit_partitions_made", () => makeAuditPartitions(sql)),
      attendanceDays > 0 &&
      this.#deletion("participants", sql`left_at < ${daysAgo(attendanceDays)}`),
      attendanceDays > 0 &&
      this.#deletion("meeting_sessions", sql`ended_at < ${daysAgo(attendanceDays)}`),
      // In the audit log for as long as that is kept.
      attendanceDays > 0 &&
      this.#deletion("moderation_actions", sql`recorded_at < ${daysAgo(attendanceDays)}`),
      ...attendanceDays > 0
        ? (["meeting_bans", "meeting_roles"] as const).map((table) =>
          this.#deletion(
            table,
            sql`meeting_id IN (
              SELECT meeting_id FROM meetings WHERE ended_at < ${daysAgo(attendanceDays)})`,
          )
        )
        : [],
      // A day longer than they are good for, so that a late report still finds its token.
      this.#deletion("join_tokens", sql`expires_at < ${daysAgo(1)}`),
      this.#deletion("idempotency_keys", sql`expires_at < now()`),
      this.#deletion("oidc_sign_ins", sql`expires_at < now()`),
      this.#deletion("password_resets", sql`expires_at < now()`),
      this.#deletion("login_sessions", sql`expires_at < now()`),
      this.#deletion("sign_in_failures", sql`window_ends_at < now()`),
      webhookEventDays > 0 &&
      this.#deletion(
        "webhook_events",
        sql`created_at < ${daysAgo(webhookEventDays)}`,
        CASCADING_BATCH_SIZE,
      ),
      invitationDays > 0 &&
      this.#deletion("invitations", sql`expires_at < ${daysAgo(invitationDays)}`),
      {
        name: "recordings",
        batchSize: CASCADING_BATCH_SIZE,
        apply: () => this.#markRecordings(CASCADING_BATCH_SIZE),
      },
      auditMonths > 0 && once("audit_months_dropped", () => dropAuditMonths(sql, auditMonths)),
    ];
    return rules.filter((rule) => rule !== false);
  }

  #deletion(
    table: string,
    condition: postgres.PendingQuery<postgres.Row[]>,
    batchSize = BATCH_SIZE,
  ): Rule {
    const sql = this.#sql;
    return {
      name: table,
      batchSize,
      apply: async () => {
        const { count } = await sql`
          DELETE FROM ${sql(table)} WHERE ctid = ANY (ARRAY(
            SELECT ctid FROM ${sql(table)} WHERE ${condition}
            LIMIT ${batchSize} FOR UPDATE SKIP LOCKED
          ))`;
        return count;
      },
    };
  }

  /** The file is in the operator's storage, so the row stays to say that it has to go. */
  async #markRecordings(batchSize: number): Promise<number> {
    return await this.#sql.begin(async (transaction) => {
      const rows = await transaction<{ recording_id: string; organisation_id: string }[]>`
        UPDATE recordings SET status = 'deleted', version = version + 1,
          ended_at = coalesce(ended_at, now())
        WHERE recording_id = ANY (ARRAY(
          SELECT recording_id FROM recordings WHERE delete_after < now() AND status <> 'deleted'
          LIMIT ${batchSize} FOR UPDATE SKIP LOCKED
        ))
        RETURNING recording_id, organisation_id`;
      const byChain = Map.groupBy(rows, ({ organisation_id }) => organisation_id);
      // One order everywhere, so that two who append to several chains never deadlock.
      for (const [organisationId, recordings] of [...byChain].sort(([a], [b]) => a < b ? -1 : 1)) {
        const entries = recordings.map(({ recording_id }) =>
          auditTexts({
            organisationId,
            actor: RETENTION_ACTOR,
            action: "recording.deleted",
            target: `recording:${recording_id}`,
          })
        );
        await appendToAuditLog(transaction, organisationId, entries);
      }
      return rows.length;
    });
  }
}

async function applyAll(rule: Rule, signal: AbortSignal) {
  let count = 0;
  for (let batch = 0; batch < MAX_BATCHES && !signal.aborted; batch++) {
    const applied = await rule.apply();
    count += applied;
    if (applied < rule.batchSize) return { count, done: true };
  }
  return { count, done: false };
}
