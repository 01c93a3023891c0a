import type postgres from "postgres";
import type { ParticipantChange } from "../events/participant_change.ts";
import { HEARTBEAT_DUE_MS, HEARTBEAT_FRESH_MS } from "../region/registered_server.ts";
import { isUuid } from "../rest/uuid.ts";
import type {
  DefaultGrant,
  Meeting,
  MeetingAssignment,
  MeetingReference,
  MeetingSummary,
  NewMeeting,
} from "./meeting.ts";
import type { MeetingQuery, MeetingStore } from "./meeting_store.ts";

interface SummaryRow {
  readonly meeting_id: string;
  readonly code: string;
  readonly display_name: string;
  readonly description: string;
  readonly max_participants: number;
  readonly enable_e2e_encryption: boolean;
  readonly require_auth: boolean;
  readonly recording_enabled: boolean;
  readonly lobby_enabled: boolean;
  readonly default_grants: DefaultGrant[];
  readonly locked: boolean;
  readonly passcode_hash: string | null;
  readonly scheduled_start: Date | null;
  readonly scheduled_end: Date | null;
  readonly organisation_id: string | null;
  readonly owner_user_id: string | null;
  readonly owner_client_id: string | null;
  readonly room_id: string | null;
  readonly version: number;
  readonly created_at: Date;
  readonly updated_at: Date;
  readonly ended_at: Date | null;
  readonly participant_count: number;
}

interface MeetingRow extends SummaryRow {
  readonly controller_id: string | null;
  readonly region: string;
  readonly controller_endpoint: string;
  readonly rpc_endpoint: string;
  readonly controller_hashes: string[];
  readonly controller_healthy: boolean;
  readonly controller_draining: boolean;
  readonly controller_overdue: boolean;
  readonly handler_id: string | null;
  readonly handler_endpoint: string;
  readonly handler_hashes: string[];
  readonly handler_healthy: boolean;
}

/** Meetings in PostgreSQL (db/migrations/). */
export class PostgresMeetingStore implements MeetingStore {
  readonly #sql: postgres.Sql;

  constructor(sql: postgres.Sql) {
    this.#sql = sql;
  }

  async create(meeting: NewMeeting): Promise<{ createdAt: Date } | undefined> {
    const { settings, assignment, owner } = meeting;
    const [row] = await this.#sql<{ created_at: Date }[]>`
      INSERT INTO meetings (
        meeting_id, code, display_name, description, max_participants,
        enable_e2e_encryption, require_auth, recording_enabled, lobby_enabled, default_grants,
        locked, passcode_hash, scheduled_start, scheduled_end,
        organisation_id, owner_user_id, owner_client_id, room_id,
        controller_id, media_handler_id
      ) VALUES (
        ${meeting.meetingId}, ${meeting.code}, ${meeting.displayName}, ${meeting.description},
        ${meeting.maxParticipants}, ${settings.enableE2eEncryption}, ${settings.requireAuth},
        ${settings.recordingEnabled}, ${settings.lobbyEnabled}, ${[...settings.defaultGrants]},
        ${meeting.locked}, ${meeting.passcodeHash}, ${meeting.scheduledStart},
        ${meeting.scheduledEnd},
        ${owner.organisationId}, ${owner.userId}, ${owner.clientId}, ${meeting.roomId},
        (SELECT controller_id FROM meeting_controllers
          WHERE controller_id = ${assignment?.controllerId ?? null}),
        (SELECT handler_id FROM media_handlers
          WHERE handler_id = ${assignment?.mediaHandlerId ?? null})
      )
      ON CONFLICT (code) DO NOTHING RETURNING created_at`;
    return row && { createdAt: row.created_at };
  }

  async find(reference: MeetingReference): Promise<Meeting | undefined> {
    const sql = this.#sql;
    const fresh = sql`now() - ${HEARTBEAT_FRESH_MS} * interval '1 millisecond'`;
    const [row] = await sql<MeetingRow[]>`
      SELECT ${this.#summaryColumns()},
        c.controller_id, c.region, c.endpoint AS controller_endpoint, c.rpc_endpoint,
        c.certificate_hashes AS controller_hashes,
        c.health <> 'unhealthy' AND c.heartbeat_at >= ${fresh} AS controller_healthy,
        c.health = 'draining' AS controller_draining,
        c.heartbeat_at < now() - ${HEARTBEAT_DUE_MS} * interval '1 millisecond'
          AS controller_overdue,
        h.handler_id, h.endpoint AS handler_endpoint, h.certificate_hashes AS handler_hashes,
        h.health NOT IN ('unhealthy', 'draining') AND h.heartbeat_at >= ${fresh} AS handler_healthy
      FROM meetings m
      LEFT JOIN meeting_controllers c ON c.controller_id = m.controller_id
      LEFT JOIN media_handlers h ON h.handler_id = m.media_handler_id
      WHERE ${
      "meetingId" in reference
        ? sql`m.meeting_id = ${reference.meetingId}`
        : sql`m.code = ${reference.code}`
    }`;
    return row && meetingOf(row);
  }

  async list(query: MeetingQuery): Promise<{ meetings: MeetingSummary[]; total: number }> {
    const sql = this.#sql;
    const matches = sql`m.organisation_id = ${query.organisationId} ${
      query.ownerId === undefined
        ? sql``
        : isUuid(query.ownerId)
        ? sql`AND m.owner_user_id = ${query.ownerId}`
        : sql`AND m.owner_client_id = ${query.ownerId}`
    } ${
      query.active === undefined
        ? sql``
        : query.active
        ? sql`AND m.ended_at IS NULL`
        : sql`AND m.ended_at IS NOT NULL`
    }`;
    const [rows, [count]] = await Promise.all([
      sql<SummaryRow[]>`
        SELECT ${this.#summaryColumns()} FROM meetings m WHERE ${matches}
        ORDER BY m.created_at DESC, m.meeting_id DESC LIMIT ${query.limit}`,
      sql<{ total: number }[]>`SELECT count(*)::int AS total FROM meetings m WHERE ${matches}`,
    ]);
    return { meetings: rows.map(summaryOf), total: count?.total ?? 0 };
  }

  async end(meetingId: string): Promise<boolean> {
    const [row] = await this.#sql<{ ended: number }[]>`
      WITH ended AS (
        UPDATE meetings SET ended_at = coalesce(ended_at, now())
        WHERE meeting_id = ${meetingId} RETURNING meeting_id
      ), gone AS (
        UPDATE participants SET left_at = now(), leave_reason = 'meeting_ended'
        WHERE meeting_id IN (SELECT meeting_id FROM ended) AND left_at IS NULL
      )
      SELECT count(*)::int AS ended FROM ended`;
    return (row?.ended ?? 0) > 0;
  }

  async assign(
    meetingId: string,
    previousControllerId: string | null,
    assignment: MeetingAssignment,
  ): Promise<boolean> {
    const [row] = await this.#sql<{ assigned: number }[]>`
      WITH assigned AS (
        UPDATE meetings SET
          controller_id = (SELECT controller_id FROM meeting_controllers
            WHERE controller_id = ${assignment.controllerId}),
          media_handler_id = (SELECT handler_id FROM media_handlers
            WHERE handler_id = ${assignment.mediaHandlerId})
        WHERE meeting_id = ${meetingId} AND ended_at IS NULL
          AND controller_id IS NOT DISTINCT FROM ${previousControllerId}
        RETURNING meeting_id
      ), lost AS (
        UPDATE participants SET left_at = now(), leave_reason = 'controller_lost'
        WHERE meeting_id IN (SELECT meeting_id FROM assigned) AND left_at IS NULL
          AND controller_id <> ${assignment.controllerId}
      )
      SELECT count(*)::int AS assigned FROM assigned`;
    return (row?.assigned ?? 0) > 0;
  }

  async recordParticipants(
    controllerId: string,
    changes: readonly ParticipantChange[],
  ): Promise<void> {
    if (changes.length === 0) return;
    const sql = this.#sql;
    // One row for each participant, in one order everywhere, so that two reporters never deadlock.
    const ordered = [...changes].sort((a, b) => a.participantId < b.participantId ? -1 : 1);
    await sql`
      INSERT INTO participants (
        participant_id, meeting_id, controller_id, name, joined_at, left_at, leave_reason
      )
      SELECT r.participant_id, m.meeting_id, ${controllerId}, r.name, r.joined_at, r.left_at,
        r.leave_reason
      FROM unnest(
        ${ordered.map(({ participantId }) => participantId)}::uuid[],
        ${ordered.map(({ meetingId }) => meetingId)}::uuid[],
        ${ordered.map(({ name }) => name)}::text[],
        ${ordered.map(({ joinedAt }) => joinedAt?.toISOString() ?? null)}::timestamptz[],
        ${ordered.map(({ leftAt }) => leftAt?.toISOString() ?? null)}::timestamptz[],
        ${ordered.map(({ leaveReason }) => leaveReason)}::text[]
      ) AS r (participant_id, meeting_id, name, joined_at, left_at, leave_reason)
      JOIN meetings m USING (meeting_id)
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
        )`;
  }

  async releaseLostParticipants(): Promise<number> {
    const result = await this.#sql`
      UPDATE participants p SET left_at = now(), leave_reason = 'controller_lost'
      WHERE left_at IS NULL AND NOT EXISTS (
        SELECT FROM meeting_controllers c WHERE c.controller_id = p.controller_id
      )`;
    return result.count;
  }

  async restoreParticipants(controllerId: string): Promise<number> {
    const result = await this.#sql`
      UPDATE participants p SET left_at = NULL, leave_reason = NULL
      FROM meetings m
      WHERE p.controller_id = ${controllerId} AND p.leave_reason = 'controller_lost'
        AND p.joined_at IS NOT NULL
        AND m.meeting_id = p.meeting_id AND m.ended_at IS NULL`;
    return result.count;
  }

  #summaryColumns() {
    return this.#sql`
      m.meeting_id, m.code, m.display_name, m.description, m.max_participants,
      m.enable_e2e_encryption, m.require_auth, m.recording_enabled, m.lobby_enabled,
      m.default_grants, m.locked, m.passcode_hash, m.scheduled_start, m.scheduled_end,
      m.organisation_id, m.owner_user_id, m.owner_client_id, m.room_id, m.version,
      m.created_at, m.updated_at, m.ended_at,
      (SELECT count(*)::int FROM participants p
        WHERE p.meeting_id = m.meeting_id AND p.left_at IS NULL) AS participant_count`;
  }
}

function summaryOf(row: SummaryRow): MeetingSummary {
  return {
    meetingId: row.meeting_id,
    code: row.code,
    displayName: row.display_name,
    description: row.description,
    maxParticipants: row.max_participants,
    settings: {
      enableE2eEncryption: row.enable_e2e_encryption,
      requireAuth: row.require_auth,
      recordingEnabled: row.recording_enabled,
      lobbyEnabled: row.lobby_enabled,
      defaultGrants: row.default_grants,
    },
    locked: row.locked,
    passcodeHash: row.passcode_hash,
    scheduledStart: row.scheduled_start,
    scheduledEnd: row.scheduled_end,
    owner: {
      organisationId: row.organisation_id,
      userId: row.owner_user_id,
      clientId: row.owner_client_id,
    },
    roomId: row.room_id,
    version: row.version,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
    endedAt: row.ended_at,
    participantCount: row.participant_count,
  };
}

function meetingOf(row: MeetingRow): Meeting {
  return {
    ...summaryOf(row),
    controller: row.controller_id === null ? undefined : {
      controllerId: row.controller_id,
      region: row.region,
      endpoint: row.controller_endpoint,
      rpcEndpoint: row.rpc_endpoint,
      certificateHashes: row.controller_hashes,
      healthy: row.controller_healthy,
      draining: row.controller_draining,
      overdue: row.controller_overdue,
    },
    mediaHandler: row.handler_id === null ? undefined : {
      handlerId: row.handler_id,
      endpoint: row.handler_endpoint,
      certificateHashes: row.handler_hashes,
      healthy: row.handler_healthy,
    },
  };
}
