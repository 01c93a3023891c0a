import postgres from "postgres";
import { verifyChain } from "../../global-controller/audit/chain_verifier.ts";
import { PostgresAuditReader } from "../../global-controller/audit/postgres_audit_reader.ts";
import type { AuditedAction, Evidence } from "./evidence.ts";

/** What the database says of the moderators' actions in meetings of organisations. */
export async function readAuditEvidence(
  databaseUrl: string,
): Promise<NonNullable<Evidence["audit"]>> {
  const sql = postgres(databaseUrl, { max: 1, onnotice: () => {} });
  try {
    // Meetings of guests are in no organisation's log.
    const rows = await sql<{ action_id: string; entries: number }[]>`
      SELECT a.action_id, (SELECT count(*)::int FROM audit_log l
        WHERE l.details ->> 'action_id' = a.action_id::text) AS entries
      FROM moderation_actions a JOIN meetings m USING (meeting_id)
      WHERE m.organisation_id IS NOT NULL`;
    const actions: AuditedAction[] = rows.map((row) => ({
      actionId: row.action_id,
      entries: row.entries,
    }));
    return { actions, chainFault: await findChainFault(new PostgresAuditReader(sql)) };
  } finally {
    await sql.end();
  }
}

async function findChainFault(reader: PostgresAuditReader): Promise<string | undefined> {
  for (const organisationId of await reader.chains()) {
    const verdict = await reader.readChain(organisationId, verifyChain);
    if (verdict.valid) continue;
    const { sequence, fault } = verdict.firstInvalid;
    return `row ${sequence} of the audit log of ${organisationId} is ${fault}`;
  }
  return undefined;
}
