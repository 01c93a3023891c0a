import type postgres from "postgres";
import type { ParticipantLeaveReason } from "../events/participant_change.ts";
import type { LockedMeeting, PresenceRow, PresenceTransition } from "./presence_row.ts";
import { storePresenceEvents } from "./postgres_presence_events.ts";
import { refreshSessions } from "./postgres_sessions.ts";

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
  await followPresence(tx, meetings, rows.map(wasPresent), reason === "meeting_ended");
}

/** Before their participants, and in one order, so that no two transactions deadlock. */
export async function lockMeetings(
  tx: postgres.TransactionSql,
  meetingIds: readonly string[],
): Promise<Map<string, LockedMeeting>> {
  const rows = await tx<MeetingRow[]>`
    SELECT meeting_id, code, organisation_id, ended_at, now() AS now FROM meetings
    WHERE meeting_id = ANY (${[...new Set(meetingIds)]}::uuid[])
    ORDER BY meeting_id FOR NO KEY UPDATE`;
  return new Map(rows.map((row) => [row.meeting_id, {
    meetingId: row.meeting_id,
    code: row.code,
    organisationId: row.organisation_id,
    endedAt: row.ended_at,
    now: row.now,
  }]));
}

interface MeetingRow {
  readonly meeting_id: string;
  readonly code: string;
  readonly organisation_id: string | null;
  readonly ended_at: Date | null;
  readonly now: Date;
}

/** Somebody who was there until now. */
export function wasPresent(after: PresenceRow): PresenceTransition {
  return { before: { joined_at: after.joined_at, left_at: null }, after };
}

/**
 * What follows from changed presence: sessions, and events for whoever wants to hear of them.
 *
 * @param hasEnded the meetings have ended just now.
 */
export async function followPresence(
  tx: postgres.TransactionSql,
  meetings: ReadonlyMap<string, LockedMeeting>,
  transitions: readonly PresenceTransition[],
  hasEnded = false,
): Promise<void> {
  await markOccupied(tx, [...new Set(transitions.map(({ after }) => after.meeting_id))]);
  for (const meeting of meetings.values()) {
    const { meetingId } = meeting;
    const changed = transitions.filter(({ before, after }) =>
      after.meeting_id === meetingId && isChange(before, after)
    );
    if (changed.length === 0 && !hasEnded) continue;
    const rows = changed.map(({ after }) => after);
    const sessions = await refreshSessions(tx, meeting, rows, hasEnded);
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
