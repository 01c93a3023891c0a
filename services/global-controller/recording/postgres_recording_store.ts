import type postgres from "postgres";
import type { ReadRouting } from "../../../db/read_routing.ts";
import { invalidRequest } from "../rest/api_error.ts";
import { type Page, pageOf } from "../rest/cursor.ts";
import { preconditionFailed } from "../rest/etag.ts";
import { isAfter, pageTime } from "../rest/postgres_page.ts";
import { storeEvent } from "../webhook/postgres_event_publisher.ts";
import {
  changedRecording,
  type Recording,
  type RecordingChange,
  type RecordingStatus,
} from "./recording.ts";
import type { NewRecording, RecordingQuery, RecordingStore } from "./recording_store.ts";

interface Row {
  readonly recording_id: string;
  readonly organisation_id: string;
  readonly meeting_id: string;
  readonly owner_user_id: string | null;
  readonly session_id: string | null;
  readonly status: RecordingStatus;
  readonly location: string;
  readonly media_type: string;
  readonly size_bytes: string | null;
  readonly duration_ms: string | null;
  readonly encrypted: boolean;
  readonly started_at: Date;
  readonly ended_at: Date | null;
  readonly delete_after: Date | null;
  readonly version: number;
}

/** What is known of recordings, in PostgreSQL (db/migrations/0008_recordings.sql). */
export class PostgresRecordingStore implements RecordingStore {
  readonly #sql: postgres.Sql;
  readonly #reads: ReadRouting;

  /** @param reads for lists. */
  constructor(sql: postgres.Sql, reads: ReadRouting) {
    this.#sql = sql;
    this.#reads = reads;
  }

  async create(recording: NewRecording): Promise<Recording> {
    const { organisationId, meetingId, sessionId = null } = recording;
    const [row] = await this.#sql<{ recording_id: string }[]>`
      INSERT INTO recordings (
        organisation_id, meeting_id, owner_user_id, session_id, status, media_type, encrypted,
        started_at, delete_after
      )
      SELECT ${organisationId}, m.meeting_id, m.owner_user_id, ${sessionId}, 'recording',
        ${recording.mediaType ?? ""}, ${recording.encrypted ?? false},
        coalesce(${recording.startedAt ?? null}::timestamptz, now()),
        ${recording.deleteAfter ?? null}::timestamptz
      FROM meetings m
      WHERE m.meeting_id = ${meetingId} AND (${sessionId}::uuid IS NULL OR EXISTS (
        SELECT FROM meeting_sessions s
        WHERE s.session_id = ${sessionId} AND s.meeting_id = m.meeting_id
      ))
      RETURNING recording_id`;
    if (row === undefined) throw invalidRequest("session_id is no session of this meeting");
    return (await this.find(organisationId, row.recording_id))!;
  }

  async find(organisationId: string, recordingId: string): Promise<Recording | undefined> {
    return await findRow(this.#sql, organisationId, recordingId);
  }

  async list(query: RecordingQuery, { limit, after }: Page) {
    const rows = await this.#reads.read((sql) => selectRows(sql, query, { limit, after }));
    const page = pageOf(rows, limit, (row) => ({ time: row.page_time, id: row.recording_id }));
    return { items: page.items.map(recordingOf), nextCursor: page.nextCursor };
  }

  async change(
    organisationId: string,
    recordingId: string,
    change: RecordingChange,
    version?: number,
  ): Promise<{ before: Recording; after: Recording } | undefined> {
    return await this.#sql.begin(async (transaction) => {
      // The row is locked first: two programs never make a step from the same status.
      const [locked] = await transaction<{ now: Date }[]>`
        SELECT clock_timestamp() AS now FROM recordings
        WHERE organisation_id = ${organisationId} AND recording_id = ${recordingId} FOR UPDATE`;
      const before = await findRow(transaction, organisationId, recordingId);
      if (locked === undefined || before === undefined) return undefined;
      if (version !== undefined && before.version !== version) throw preconditionFailed();
      const after = {
        ...changedRecording(before, change, locked.now),
        version: before.version + 1,
      };
      await update(transaction, after);
      if (after.status === "available" && before.status !== "available") {
        await storeEvent(transaction, {
          organisationId,
          type: "recording.available",
          data: {
            recording_id: recordingId,
            meeting_id: after.meetingId,
            session_id: after.sessionId,
            media_type: after.mediaType,
            size_bytes: after.sizeBytes,
            duration_ms: after.durationMs,
          },
        });
      }
      return { before, after };
    });
  }
}

/** The page's rows and one more. */
async function selectRows(sql: postgres.Sql, query: RecordingQuery, { limit, after }: Page) {
  const { meetingId, meetingOwnerUserId, status } = query;
  const owned = meetingOwnerUserId === undefined
    ? sql``
    : sql`AND r.owner_user_id = ${meetingOwnerUserId}`;
  return await sql<(Row & { page_time: string })[]>`
    SELECT r.*, ${pageTime(sql, "r.started_at")} AS page_time FROM recordings r
    WHERE r.organisation_id = ${query.organisationId}
      ${meetingId === undefined ? sql`` : sql`AND r.meeting_id = ${meetingId}`} ${owned}
      ${status === "deleted" ? sql`` : sql`AND r.status <> 'deleted'`}
      ${status === undefined ? sql`` : sql`AND r.status = ${status}`}
      AND ${isAfter(sql, "r.started_at", "r.recording_id", after)}
    ORDER BY r.started_at DESC, r.recording_id DESC LIMIT ${limit + 1}`;
}

async function findRow(
  sql: postgres.ISql,
  organisationId: string,
  recordingId: string,
): Promise<Recording | undefined> {
  const [row] = await sql<Row[]>`
    SELECT * FROM recordings
    WHERE organisation_id = ${organisationId} AND recording_id = ${recordingId}`;
  return row && recordingOf(row);
}

async function update(sql: postgres.ISql, recording: Recording): Promise<void> {
  await sql`
    UPDATE recordings SET status = ${recording.status}, location = ${recording.location},
      media_type = ${recording.mediaType}, size_bytes = ${recording.sizeBytes},
      duration_ms = ${recording.durationMs}, ended_at = ${recording.endedAt},
      delete_after = ${recording.deleteAfter}, version = ${recording.version}
    WHERE recording_id = ${recording.recordingId}`;
}

function recordingOf(row: Row): Recording {
  return {
    recordingId: row.recording_id,
    organisationId: row.organisation_id,
    meetingId: row.meeting_id,
    meetingOwnerUserId: row.owner_user_id,
    sessionId: row.session_id,
    status: row.status,
    location: row.location,
    mediaType: row.media_type,
    sizeBytes: row.size_bytes === null ? null : Number(row.size_bytes),
    durationMs: row.duration_ms === null ? null : Number(row.duration_ms),
    encrypted: row.encrypted,
    startedAt: row.started_at,
    endedAt: row.ended_at,
    deleteAfter: row.delete_after,
    version: row.version,
  };
}
