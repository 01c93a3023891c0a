import type postgres from "postgres";
import type { ParticipantLeaveReason } from "../events/participant_change.ts";
import type { LockedMeeting } from "./presence_row.ts";
import {
  partitionIntoSessions,
  type Presence,
  RUN_GRACE_MS,
  type SessionSpan,
} from "./session_partition.ts";

/** A participant whose times changed. */
export interface ChangedPresence {
  readonly participant_id: string;
  readonly session_id: string | null;
  readonly joined_at: Date | null;
  readonly left_at: Date | null;
  readonly leave_reason: ParticipantLeaveReason | null;
}

/** The sessions of a meeting that a change touched. */
export interface SessionChange {
  readonly now: readonly SessionSpan[];
  /** When each that was there before had ended; null: it went on. */
  readonly endedBefore: ReadonlyMap<string, Date | null>;
}

interface SessionRow {
  readonly session_id: string;
  readonly ended_at: Date | null;
}

/**
 * Brings the sessions of a meeting up to date with its participants. Looks only at the sessions that
 * the changed participants were counted to or reach into, since no other can change. The caller's
 * transaction has to have locked the meeting's row.
 *
 * @param goesOn looks at the session that goes on too: time has passed, or the meeting has ended.
 */
export async function refreshSessions(
  tx: postgres.TransactionSql,
  { meetingId, endedAt, now: nowAt }: LockedMeeting,
  changed: readonly ChangedPresence[],
  goesOn = false,
): Promise<SessionChange> {
  const touched = await findTouched(tx, meetingId, changed, goesOn);
  const touchedIds = touched.map((row) => row.session_id);
  const presences = await findPresences(tx, meetingId, touchedIds, changed);
  const now = partitionIntoSessions(
    presences,
    () => crypto.randomUUID(),
    endedAt === null ? nowAt.getTime() : Infinity,
  );
  const gone = touchedIds.filter((id) => !now.some(({ sessionId }) => sessionId === id));
  const before = new Map(
    presences.map(({ participantId, sessionId }) => [participantId, sessionId]),
  );
  const moved = now.flatMap(({ sessionId, participantIds }) =>
    participantIds.map((participantId) => ({ participantId, sessionId }))
  ).filter(({ participantId, sessionId }) => before.get(participantId) !== sessionId);
  // In this order: one session of a meeting goes on at a time.
  if (gone.length > 0) {
    await tx`DELETE FROM meeting_sessions WHERE session_id = ANY (${gone}::uuid[])`;
  }
  if (now.length > 0) await writeSessions(tx, meetingId, now);
  if (moved.length > 0) {
    await tx`
      UPDATE participants p SET session_id = v.session_id
      FROM unnest(
        ${moved.map(({ participantId }) => participantId)}::uuid[],
        ${moved.map(({ sessionId }) => sessionId)}::uuid[]
      ) AS v (participant_id, session_id)
      WHERE p.participant_id = v.participant_id`;
  }
  return { now, endedBefore: new Map(touched.map((row) => [row.session_id, row.ended_at])) };
}

async function findTouched(
  tx: postgres.TransactionSql,
  meetingId: string,
  changed: readonly ChangedPresence[],
  goesOn: boolean,
): Promise<SessionRow[]> {
  const knownIds = changed.map((row) => row.session_id).filter((id) => id !== null);
  const joined = changed.filter((row) => row.joined_at !== null);
  // Who was lost reaches further than the departure.
  const from = earliest(joined.map((row) => row.joined_at!), RUN_GRACE_MS);
  const to = joined.some((row) => row.left_at === null)
    ? "infinity"
    : latest(joined.flatMap((row) => [row.joined_at!, row.left_at!]), RUN_GRACE_MS);
  // Sessions never overlap: of those that began before, only the last can reach so far.
  return await tx<SessionRow[]>`
    SELECT session_id, ended_at FROM meeting_sessions
    WHERE meeting_id = ${meetingId} AND (
      session_id = ANY (${knownIds}::uuid[]) OR (${goesOn} AND ended_at IS NULL) OR (
        started_at <= ${to}::text::timestamptz
        AND coalesce(ended_at, 'infinity') >= ${from}::text::timestamptz
        AND started_at >= coalesce((
          SELECT max(b.started_at) FROM meeting_sessions b
          WHERE b.meeting_id = ${meetingId} AND b.started_at <= ${from}::text::timestamptz
        ), '-infinity')
      )
    )`;
}

async function findPresences(
  tx: postgres.TransactionSql,
  meetingId: string,
  sessionIds: readonly string[],
  changed: readonly ChangedPresence[],
): Promise<Presence[]> {
  const changedIds = changed.map((row) => row.participant_id);
  const rows = await tx<(ChangedPresence & { joined_at: Date })[]>`
    SELECT participant_id, session_id, joined_at, left_at, leave_reason FROM participants
    WHERE meeting_id = ${meetingId} AND joined_at IS NOT NULL AND (
      session_id = ANY (${[...sessionIds]}::uuid[])
      OR participant_id = ANY (${changedIds}::uuid[])
    )`;
  return rows.map((row) => ({
    participantId: row.participant_id,
    joinedAt: row.joined_at,
    leftAt: row.left_at,
    wasLost: row.leave_reason === "connection_lost" || row.leave_reason === "controller_lost",
    sessionId: row.session_id,
  }));
}

async function writeSessions(
  tx: postgres.TransactionSql,
  meetingId: string,
  sessions: readonly SessionSpan[],
): Promise<void> {
  await tx`
    INSERT INTO meeting_sessions (
      session_id, meeting_id, started_at, ended_at, held_until, peak_participants
    )
    SELECT v.session_id, ${meetingId}, v.started_at, v.ended_at, v.held_until, v.peak
    FROM unnest(
      ${sessions.map(({ sessionId }) => sessionId)}::uuid[],
      ${sessions.map(({ startedAt }) => startedAt.toISOString())}::timestamptz[],
      ${sessions.map(({ endedAt }) => endedAt?.toISOString() ?? null)}::timestamptz[],
      ${sessions.map(({ heldUntil }) => heldUntil?.toISOString() ?? null)}::timestamptz[],
      ${sessions.map(({ peakParticipants }) => peakParticipants)}::int[]
    ) AS v (session_id, started_at, ended_at, held_until, peak)
    ORDER BY v.started_at
    ON CONFLICT (session_id) DO UPDATE SET started_at = excluded.started_at,
      ended_at = excluded.ended_at, held_until = excluded.held_until,
      peak_participants = excluded.peak_participants
    WHERE (meeting_sessions.started_at, meeting_sessions.ended_at, meeting_sessions.held_until,
      meeting_sessions.peak_participants)
      IS DISTINCT FROM (excluded.started_at, excluded.ended_at, excluded.held_until,
        excluded.peak_participants)`;
}

function earliest(times: readonly Date[], marginMs: number): string {
  if (times.length === 0) return "infinity";
  return new Date(Math.min(...times.map(Number)) - marginMs).toISOString();
}

function latest(times: readonly Date[], marginMs: number): string {
  if (times.length === 0) return "-infinity";
  return new Date(Math.max(...times.map(Number)) + marginMs).toISOString();
}
