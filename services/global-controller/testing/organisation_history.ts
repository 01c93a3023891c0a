import type { Database } from "../../../db/connection.ts";

/** Types of the events that an organisation's webhooks hear of, in order. */
export async function eventTypesOf(sql: Database, organisationId: string): Promise<string[]> {
  const rows = await sql<{ event_type: string }[]>`
    SELECT event_type FROM webhook_events WHERE organisation_id = ${organisationId}
    ORDER BY created_at`;
  return rows.map(({ event_type }) => event_type);
}

/** What an organisation's audit log says was done, in order. */
export async function auditedActionsOf(sql: Database, organisationId: string): Promise<string[]> {
  const rows = await sql<{ action: string }[]>`
    SELECT action FROM audit_log WHERE organisation_id = ${organisationId} ORDER BY sequence`;
  return rows.map(({ action }) => action);
}
