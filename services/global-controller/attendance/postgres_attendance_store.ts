import type { Database } from "../../../db/connection.ts";
import type { AttendeeRole } from "../events/participant_change.ts";
import { isAfter, pageTime } from "../rest/postgres_page.ts";
import type { Attendee, MeetingSession } from "./attendance.ts";
import type { AttendanceStore, Listed, PageOf, ParticipantController } from "./attendance_store.ts";
import type { PresenceRow } from "./presence_row.ts";

interface SessionRow {
  readonly session_id: string;
  readonly meeting_id: string;
  readonly started_at: Date;
  readonly ended_at: Date | null;
  readonly peak_participants: number;
  readonly participant_count: number;
}

type AttendeeRow = PresenceRow & { readonly joined_at: Date };
type Paged = { readonly page_time: string };

/** Attendance in PostgreSQL (db/migrations/0004_meetings.sql). */
export class PostgresAttendanceStore implements AttendanceStore {
  readonly #sql: Database;

  constructor(sql: Database) {
    this.#sql = sql;
  }

  async listSessions(
    meetingId: string,
    { limit, after }: PageOf,
  ): Promise<Listed<MeetingSession>[]> {
    const sql = this.#sql;
    const rows = await sql<(SessionRow & Paged)[]>`
      SELECT ${this.#sessionColumns()}, ${pageTime(sql, "s.started_at")} AS page_time
      FROM meeting_sessions s
      WHERE s.meeting_id = ${meetingId}
        AND ${isAfter(sql, "s.started_at", "s.session_id", after)}
      ORDER BY s.started_at DESC, s.session_id DESC LIMIT ${limit + 1}`;
    return rows.map((row) => ({
      ...sessionOf(row),
      key: { time: row.page_time, id: row.session_id },
    }));
  }

  async findSession(meetingId: string, sessionId: string): Promise<MeetingSession | undefined> {
    const [row] = await this.#sql<SessionRow[]>`
      SELECT ${this.#sessionColumns()} FROM meeting_sessions s
      WHERE s.session_id = ${sessionId} AND s.meeting_id = ${meetingId}`;
    return row && sessionOf(row);
  }

  async listAttendees(
    meetingId: string,
    { sessionId, present }: { readonly sessionId?: string; readonly present?: boolean },
    { limit, after }: PageOf,
  ): Promise<Listed<Attendee>[]> {
    const sql = this.#sql;
    // One of both: of two, PostgreSQL would expect few rows, and sort all that there are.
    const of = sessionId === undefined
      ? sql`meeting_id = ${meetingId}`
      : sql`session_id = (SELECT session_id FROM meeting_sessions
          WHERE session_id = ${sessionId} AND meeting_id = ${meetingId})`;
    const rows = await sql<(AttendeeRow & Paged)[]>`
      SELECT *, ${pageTime(sql, "joined_at")} AS page_time FROM participants
      WHERE ${of} AND joined_at IS NOT NULL AND ${
      present === undefined ? sql`true` : present ? sql`left_at IS NULL` : sql`left_at IS NOT NULL`
    }
        AND ${isAfter(sql, "joined_at", "participant_id", after)}
      ORDER BY joined_at DESC, participant_id DESC LIMIT ${limit + 1}`;
    return rows.map((row) => ({
      ...attendeeOf(row),
      key: { time: row.page_time, id: row.participant_id },
    }));
  }

  async findAttendee(meetingId: string, participantId: string): Promise<Attendee | undefined> {
    const [row] = await this.#sql<AttendeeRow[]>`
      SELECT * FROM participants
      WHERE participant_id = ${participantId} AND meeting_id = ${meetingId}
        AND joined_at IS NOT NULL`;
    return row && attendeeOf(row);
  }

  async controllersOf(meetingId: string, participantId: string): Promise<ParticipantController[]> {
    const rows = await this.#sql<{ rpc_endpoint: string }[]>`
      SELECT rpc_endpoint FROM meeting_controllers WHERE controller_id IN (
        SELECT controller_id FROM meetings WHERE meeting_id = ${meetingId}
        UNION
        SELECT controller_id FROM meeting_owners WHERE meeting_id = ${meetingId}
        UNION
        SELECT controller_id FROM participants
        WHERE participant_id = ${participantId} AND meeting_id = ${meetingId}
      )`;
    return rows.map((row) => ({ rpcEndpoint: row.rpc_endpoint }));
  }

  #sessionColumns() {
    return this.#sql`s.session_id, s.meeting_id, s.started_at, s.ended_at, s.peak_participants,
      (SELECT count(*)::int FROM participants p WHERE p.session_id = s.session_id)
        AS participant_count`;
  }
}

function sessionOf(row: SessionRow): MeetingSession {
  return {
    sessionId: row.session_id,
    meetingId: row.meeting_id,
    startedAt: row.started_at,
    endedAt: row.ended_at,
    peakParticipants: row.peak_participants,
    participantCount: row.participant_count,
  };
}

function attendeeOf(row: AttendeeRow): Attendee {
  return {
    participantId: row.participant_id,
    sessionId: row.session_id,
    name: row.name,
    role: row.role as AttendeeRole,
    userId: row.user_id,
    userReference: row.user_reference,
    joinedAt: row.joined_at,
    leftAt: row.left_at,
    leaveReason: row.leave_reason,
  };
}
