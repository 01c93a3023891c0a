import type postgres from "postgres";
import type { ParticipantChange, ParticipantLeaveReason } from "../events/participant_change.ts";
import type { LockedMeeting, PresenceRow, PresenceTransition } from "./presence_row.ts";
import { storePresenceEvents } from "./postgres_presence_events.ts";
import { refreshSessions } from "./postgres_sessions.ts";

/** A transaction, or what begins one. */
type Sql = postgres.Sql | postgres.TransactionSql;

/**
 * Applies reports; those about unknown meetings are dropped. Idempotent, in any order. The sessions
 * and the events that follow are stored in the same transaction.
 */
export async function recordPresence(
  sql: postgres.Sql,
  controllerId: string,
  changes: readonly ParticipantChange[],
): Promise<void> {
  if (changes.length === 0) return;
  // One row for each participant, in one order everywhere, so that two reporters never deadlock.
  const ordered = [...changes].sort((a, b) => a.participantId < b.participantId ? -1 : 1);
  const participantIds = ordered.map(({ participantId }) => participantId);
  await sql.begin(async (tx) => {
    const meetings = await lockMeetings(tx, ordered.map(({ meetingId }) => meetingId));
    const known = await tx<PresenceRow[]>`
      SELECT participant_id, joined_at, left_at FROM participants
      WHERE participant_id = ANY (${participantIds}::uuid[])`;
    const rows = await writeReports(tx, controllerId, ordered);
    const before = new Map(known.map((row) => [row.participant_id, row]));
    await follow(
      tx,
      meetings,
      rows.map((after) => ({ before: before.get(after.participant_id), after })),
    );
  });
}

/**
 * Concludes that those who were in the meeting have left it, but for those of one controller. The
 * caller's transaction has to have locked the meeting's row.
 */
export async function concludePresence(
  tx: postgres.TransactionSql,
  meetingId: string,
  reason: ParticipantLeaveReason,
  exceptControllerId?: string,
): Promise<void> {
  const meetings = await lockMeetings(tx, [meetingId]);
  const rows = await tx<PresenceRow[]>`
      UPDATE participants SET left_at = greatest(joined_at, date_trunc('milliseconds', now())),
        leave_reason = ${reason}
      WHERE meeting_id = ${meetingId} AND left_at IS NULL AND ${
    exceptControllerId === undefined ? tx`true` : tx`controller_id <> ${exceptControllerId}`
  }
      RETURNING *`;
  await follow(tx, meetings, rows.map(wasPresent));
}

/** Marks those lost whose controller is no longer registered. @returns how many. */
export async function releaseLostPresence(sql: postgres.Sql): Promise<number> {
  return await sql.begin(async (tx) => {
    const lost = tx`left_at IS NULL AND NOT EXISTS (
      SELECT FROM meeting_controllers c WHERE c.controller_id = p.controller_id
    )`;
    const affected = await tx<{ meeting_id: string }[]>`
      SELECT DISTINCT meeting_id FROM participants p WHERE ${lost}`;
    if (affected.length === 0) return 0;
    const meetingIds = affected.map((row) => row.meeting_id);
    const meetings = await lockMeetings(tx, meetingIds);
    const rows = await tx<PresenceRow[]>`
        UPDATE participants p SET
          left_at = greatest(joined_at, date_trunc('milliseconds', now())),
          leave_reason = 'controller_lost'
        WHERE meeting_id = ANY (${meetingIds}::uuid[]) AND ${lost} RETURNING *`;
    await follow(tx, meetings, rows.map(wasPresent));
    return rows.length;
  });
}

/** Takes back the losses of a controller that is back. @returns how many. */
export async function restorePresence(sql: postgres.Sql, controllerId: string): Promise<number> {
  return await sql.begin(async (tx) => {
    const back = tx`p.controller_id = ${controllerId} AND p.leave_reason = 'controller_lost'
      AND p.joined_at IS NOT NULL`;
    const affected = await tx<{ meeting_id: string }[]>`
      SELECT DISTINCT meeting_id FROM participants p WHERE ${back}`;
    if (affected.length === 0) return 0;
    const meetingIds = affected.map((row) => row.meeting_id);
    const meetings = await lockMeetings(tx, meetingIds);
    const rows = await tx<PresenceRow[]>`
        UPDATE participants p SET left_at = NULL, leave_reason = NULL
        FROM meetings m
        WHERE m.meeting_id = ANY (${meetingIds}::uuid[]) AND m.meeting_id = p.meeting_id
          AND m.ended_at IS NULL AND ${back}
        RETURNING p.*`;
    const returned = rows.map((after) => ({
      before: { joined_at: after.joined_at, left_at: new Date(0) },
      after,
    }));
    await follow(tx, meetings, returned);
    return rows.length;
  });
}

/** Before their participants, and in one order, so that no two transactions deadlock. */
async function lockMeetings(
  tx: postgres.TransactionSql,
  meetingIds: readonly string[],
): Promise<Map<string, LockedMeeting>> {
  const rows = await tx<{ meeting_id: string; code: string; organisation_id: string | null }[]>`
    SELECT meeting_id, code, organisation_id FROM meetings
    WHERE meeting_id = ANY (${[...new Set(meetingIds)]}::uuid[])
    ORDER BY meeting_id FOR NO KEY UPDATE`;
  return new Map(rows.map((row) => [row.meeting_id, {
    meetingId: row.meeting_id,
    code: row.code,
    organisationId: row.organisation_id,
  }]));
}

function writeReports(
  tx: Sql,
  controllerId: string,
  reports: readonly ParticipantChange[],
): Promise<PresenceRow[]> {
  return tx<PresenceRow[]>`
    INSERT INTO participants (
      participant_id, meeting_id, controller_id, name, joined_at, left_at, leave_reason, role,
      user_id, user_reference
    )
    SELECT r.participant_id, m.meeting_id, ${controllerId}, r.name, r.joined_at, r.left_at,
      r.leave_reason, r.role, u.user_id, r.user_reference
    FROM unnest(
      ${reports.map(({ participantId }) => participantId)}::uuid[],
      ${reports.map(({ meetingId }) => meetingId)}::uuid[],
      ${reports.map(({ name }) => name)}::text[],
      ${reports.map(({ joinedAt }) => joinedAt?.toISOString() ?? null)}::timestamptz[],
      ${reports.map(({ leftAt }) => leftAt?.toISOString() ?? null)}::timestamptz[],
      ${reports.map(({ leaveReason }) => leaveReason)}::text[],
      ${reports.map(({ role }) => role)}::text[],
      ${reports.map(({ userId }) => userId)}::uuid[],
      ${reports.map(({ userReference }) => userReference)}::text[]
    ) AS r (participant_id, meeting_id, name, joined_at, left_at, leave_reason, role, user_id,
      user_reference)
    JOIN meetings m USING (meeting_id)
    LEFT JOIN users u ON u.user_id = r.user_id
    ORDER BY r.participant_id
    ON CONFLICT (participant_id) DO UPDATE SET
      controller_id = excluded.controller_id,
      name = CASE WHEN participants.name = '' THEN excluded.name ELSE participants.name END,
      joined_at = least(participants.joined_at, excluded.joined_at),
      (left_at, leave_reason) = (
        SELECT CASE WHEN keeps THEN participants.left_at ELSE excluded.left_at END,
          CASE WHEN keeps THEN participants.leave_reason ELSE excluded.leave_reason END
        FROM (SELECT participants.left_at IS NOT NULL AND (
          excluded.left_at IS NULL OR (
            participants.leave_reason <> 'controller_lost'
            AND participants.left_at <= excluded.left_at
          )
        ) AS keeps) AS judged
      )
    WHERE participants.meeting_id = excluded.meeting_id
    RETURNING *`;
}

function wasPresent(after: PresenceRow): PresenceTransition {
  return { before: { joined_at: after.joined_at, left_at: null }, after };
}

/** What follows from changed presence: sessions, and events for whoever wants to hear of them. */
async function follow(
  tx: postgres.TransactionSql,
  meetings: ReadonlyMap<string, LockedMeeting>,
  transitions: readonly PresenceTransition[],
): Promise<void> {
  await markOccupied(tx, [...new Set(transitions.map(({ after }) => after.meeting_id))]);
  for (const meeting of meetings.values()) {
    const { meetingId } = meeting;
    const changed = transitions.filter(({ before, after }) =>
      after.meeting_id === meetingId && isChange(before, after)
    );
    if (changed.length === 0) continue;
    const sessions = await refreshSessions(tx, meetingId, changed.map(({ after }) => after));
    await storePresenceEvents(tx, meeting, changed, sessions);
  }
}

/** Brings `occupied` of the meetings up to date, by which lists find those that people are in. */
async function markOccupied(
  tx: postgres.TransactionSql,
  meetingIds: readonly string[],
): Promise<void> {
  if (meetingIds.length === 0) return;
  await tx`
    UPDATE meetings m SET occupied = NOT m.occupied
    WHERE m.meeting_id = ANY (${[...meetingIds]}::uuid[]) AND m.occupied <> EXISTS (
      SELECT FROM participants p WHERE p.meeting_id = m.meeting_id AND p.left_at IS NULL)`;
}

function isChange(before: PresenceTransition["before"], after: PresenceRow): boolean {
  return before?.joined_at?.getTime() !== after.joined_at?.getTime() ||
    before?.left_at?.getTime() !== after.left_at?.getTime();
}
