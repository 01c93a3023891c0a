import type { Database } from "../../../db/connection.ts";
import { ACCOUNT_ROWS, HELD_MEETING_ROWS, MEETING_ROWS, RECORD_ROWS } from "./history_rows.ts";

/** Whose the larger half of a made-up history is. */
export interface HistoryOwner {
  readonly organisationId: string;
  /** A member, who owns a tenth of the organisation's meetings. */
  readonly userId: string;
  readonly clientId: string;
}

/** Organisations beside the large one. */
export const SMALL_ORGANISATIONS = 1_000;

/**
 * Fills an almost empty database with `meetings` meetings of about a year, half of them the owner's
 * and the others of a thousand small organisations, and with what belongs to them, and has
 * PostgreSQL look at it. Indexes are built afterwards, which takes a quarter of the time.
 *
 * @param sql without a bound on the time of a statement.
 */
export async function fillHistory(
  sql: Database,
  owner: HistoryOwner,
  meetings: number,
): Promise<void> {
  const connection = await sql.reserve();
  try {
    // The role leaves out foreign keys, which these rows keep by the way they are made.
    await connection.unsafe(`
      SET session_replication_role = replica;
      SET synchronous_commit = off;
      SET maintenance_work_mem = '256MB';
      SET work_mem = '64MB'`);
    await connection`SELECT set_config('bench.organisation', ${owner.organisationId}, false),
      set_config('bench.person', ${owner.userId}, false),
      set_config('bench.client', ${owner.clientId}, false),
      set_config('bench.meetings', ${String(meetings)}, false)`;
    const indexes = await connection<{ name: string; definition: string }[]>`
      SELECT indexrelid::regclass::text AS name, pg_get_indexdef(indexrelid) AS definition
      FROM pg_index JOIN pg_class ON pg_class.oid = indrelid
      WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' AND NOT indisprimary
        AND NOT EXISTS (SELECT FROM pg_inherits WHERE inhrelid = indexrelid)
        AND NOT EXISTS (SELECT FROM pg_constraint WHERE conindid = indexrelid)`;
    for (const { name } of indexes) await connection.unsafe(`DROP INDEX ${name}`);
    for (const statement of [...ACCOUNT_ROWS, ...MEETING_ROWS, ...HELD_MEETING_ROWS]) {
      await connection.unsafe(statement);
    }
    for (const statement of RECORD_ROWS) await connection.unsafe(statement);
    for (const { definition } of indexes) await connection.unsafe(definition);
    await connection.unsafe("RESET ALL; DISCARD TEMP");
  } finally {
    connection.release();
  }
  await sql`VACUUM ANALYZE`;
}

/** Ends the open meetings of an organisation that no process serves, so that creating stays alike. */
export async function endMeetings(sql: Database, organisationId: string): Promise<void> {
  await sql`UPDATE meetings SET ended_at = now()
    WHERE organisation_id = ${organisationId} AND ended_at IS NULL AND controller_id IS NOT NULL
      AND display_name = ${CREATED_NAME}`;
}

/** Name of the meetings that a load creates. */
export const CREATED_NAME = "Created by a load";
