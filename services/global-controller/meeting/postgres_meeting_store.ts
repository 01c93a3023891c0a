import type postgres from "postgres";
import { concludePresence } from "../attendance/postgres_presence.ts";
import {
  doubtAfterMove,
  endHeldSessions,
  releaseLostPresence,
  restorePresence,
} from "../attendance/postgres_presence_losses.ts";
import { recordPresence } from "../attendance/postgres_presence_reports.ts";
import type { ParticipantChange } from "../events/participant_change.ts";
import { HEARTBEAT_DUE_MS, HEARTBEAT_FRESH_MS } from "../region/registered_server.ts";
import { claimsQuota } from "../organisation/quota/postgres_quota_store.ts";
import { DEFAULT_QUOTAS, type Quotas } from "../organisation/quota/quota.ts";
import type {
  Meeting,
  MeetingAssignment,
  MeetingReference,
  MeetingSummary,
  NewMeeting,
} from "./meeting.ts";
import { storeEvent } from "../webhook/postgres_event_publisher.ts";
import { meetingEvent } from "./meeting_event.ts";
import type { MeetingDecision, MeetingStore } from "./meeting_store.ts";
import {
  meetingColumns,
  meetingSummaryOf,
  type MeetingSummaryRow,
} from "./postgres_meeting_row.ts";

interface MeetingRow extends MeetingSummaryRow {
  readonly home_region: string | null;
  readonly controller_id: string | null;
  readonly region: string;
  readonly controller_endpoint: string;
  readonly rpc_endpoint: string | null;
  readonly controller_hashes: string[];
  readonly controller_healthy: boolean;
  readonly controller_draining: boolean;
  readonly controller_overdue: boolean;
  readonly owned: boolean;
  readonly released: boolean;
  readonly handler_id: string | null;
  readonly handler_endpoint: string;
  readonly handler_hashes: string[];
  readonly handler_healthy: boolean;
}

/** Meetings in PostgreSQL (db/migrations/). */
export class PostgresMeetingStore implements MeetingStore {
  readonly #sql: postgres.Sql;
  readonly #quotas: Quotas;

  /** @param quotas what an organisation may have without numbers of its own. */
  constructor(sql: postgres.Sql, quotas: Quotas = DEFAULT_QUOTAS) {
    this.#sql = sql;
    this.#quotas = quotas;
  }

  async create(meeting: NewMeeting): Promise<MeetingSummary | undefined> {
    // A guest's meeting is an event to nobody.
    if (meeting.owner.organisationId === null) {
      return await insertMeeting(this.#sql, meeting, this.#quotas);
    }
    return await this.#sql.begin(async (sql) => {
      const created = await insertMeeting(sql, meeting, this.#quotas);
      if (created) await storeEvent(sql, meetingEvent("meeting.created", created));
      return created;
    });
  }

  async find(reference: MeetingReference): Promise<Meeting | undefined> {
    const sql = this.#sql;
    const fresh = sql`now() - ${HEARTBEAT_FRESH_MS} * interval '1 millisecond'`;
    const [row] = await sql<MeetingRow[]>`
      SELECT ${meetingColumns(sql)},
        m.region AS home_region,
        coalesce(o.controller_id, c.controller_id) AS controller_id,
        coalesce(c.region, m.region, '') AS region, c.rpc_endpoint,
        coalesce(o.endpoint, c.endpoint) AS controller_endpoint,
        coalesce(o.certificate_hashes, c.certificate_hashes) AS controller_hashes,
        o.controller_id IS NOT NULL OR (
          c.health <> 'unhealthy' AND c.heartbeat_at >= ${fresh}
          AND coalesce(l.expires_at > clock_timestamp(), true)
        ) AS controller_healthy,
        c.health IS NOT DISTINCT FROM 'draining' AS controller_draining,
        coalesce(
          c.heartbeat_at < now() - ${HEARTBEAT_DUE_MS} * interval '1 millisecond', true
        ) AS controller_overdue,
        o.controller_id IS NOT NULL AS owned,
        EXISTS (SELECT FROM meeting_owners r
          WHERE r.meeting_id = m.meeting_id AND r.controller_id IS NULL) AS released,
        h.handler_id, h.endpoint AS handler_endpoint, h.certificate_hashes AS handler_hashes,
        h.health NOT IN ('unhealthy', 'draining') AND h.heartbeat_at >= ${fresh} AS handler_healthy
      FROM meetings m
      -- whoever owns the meeting has it, whatever was assigned and whatever heartbeats say
      LEFT JOIN (meeting_owners w JOIN controller_leases o USING (controller_id))
        ON w.meeting_id = m.meeting_id AND o.expires_at > clock_timestamp()
      LEFT JOIN meeting_controllers c
        ON c.controller_id = coalesce(o.controller_id, m.controller_id)
      LEFT JOIN controller_leases l ON l.controller_id = c.controller_id
      LEFT JOIN media_handlers h ON h.handler_id = m.media_handler_id
      WHERE ${this.#matching(reference)}`;
    return row && meetingOf(row);
  }

  async change(
    meetingId: string,
    decide: MeetingDecision,
  ): Promise<{ meeting: MeetingSummary; changed: boolean } | undefined> {
    return await this.#sql.begin(async (sql) => {
      // Weaker than FOR UPDATE: who is reported in or out meanwhile need not wait.
      const [row] = await sql<MeetingSummaryRow[]>`
        SELECT ${meetingColumns(sql)} FROM meetings m
        WHERE m.meeting_id = ${meetingId} FOR NO KEY UPDATE`;
      if (row === undefined) return undefined;
      const meeting = meetingSummaryOf(row);
      const [held] = await sql<{ held: boolean }[]>`
        SELECT EXISTS (SELECT FROM participants WHERE meeting_id = ${meetingId})
          OR EXISTS (SELECT FROM meeting_sessions WHERE meeting_id = ${meetingId}) AS held`;
      const next = decide(meeting, held?.held ?? false);
      if (next === undefined) return { meeting, changed: false };
      const { settings } = next;
      const [written] = await sql<{ version: number; updated_at: Date }[]>`
        UPDATE meetings SET
          display_name = ${next.displayName}, description = ${next.description},
          max_participants = ${next.maxParticipants}, locked = ${next.locked},
          enable_e2e_encryption = ${settings.enableE2eEncryption},
          require_auth = ${settings.requireAuth},
          recording_enabled = ${settings.recordingEnabled},
          lobby_enabled = ${settings.lobbyEnabled}, default_grants = ${[...settings.defaultGrants]},
          passcode_hash = ${next.passcodeHash}, scheduled_start = ${next.scheduledStart},
          scheduled_end = ${next.scheduledEnd}, version = version + 1, updated_at = now()
        WHERE meeting_id = ${meetingId} RETURNING version, updated_at`;
      const { version, updated_at: updatedAt } = written!;
      const changed = { ...meeting, ...next, version, updatedAt };
      await storeEvent(sql, meetingEvent("meeting.updated", changed));
      return { meeting: changed, changed: true };
    });
  }

  async end(meetingId: string): Promise<{ endedNow: boolean } | undefined> {
    return await this.#sql.begin(async (sql) => {
      const [row] = await sql<{ ended_now: boolean }[]>`
        UPDATE meetings SET ended_at = coalesce(ended_at, now()),
          version = version + (ended_at IS NULL)::int,
          updated_at = CASE WHEN ended_at IS NULL THEN now() ELSE updated_at END
        WHERE meeting_id = ${meetingId} RETURNING ended_at = now() AS ended_now`;
      if (row === undefined) return undefined;
      await concludePresence(sql, meetingId, "meeting_ended");
      if (row.ended_now) {
        const [ended] = await sql<MeetingSummaryRow[]>`
          SELECT ${meetingColumns(sql)} FROM meetings m WHERE m.meeting_id = ${meetingId}`;
        await storeEvent(sql, meetingEvent("meeting.ended", meetingSummaryOf(ended!)));
      }
      return { endedNow: row.ended_now };
    });
  }

  async assign(
    meetingId: string,
    previousControllerId: string | null,
    assignment: MeetingAssignment,
  ): Promise<boolean> {
    return await this.#sql.begin(async (sql) => {
      const assigned = await sql`
        UPDATE meetings SET
          controller_id = (SELECT controller_id FROM meeting_controllers
            WHERE controller_id = ${assignment.controllerId}),
          media_handler_id = (SELECT handler_id FROM media_handlers
            WHERE handler_id = ${assignment.mediaHandlerId}),
          region = coalesce(region, (SELECT c.region FROM meeting_controllers c
            WHERE c.controller_id = ${assignment.controllerId}))
        WHERE meeting_id = ${meetingId} AND ended_at IS NULL
          AND controller_id IS NOT DISTINCT FROM ${previousControllerId}
          AND NOT EXISTS (
            SELECT FROM meeting_owners o JOIN controller_leases l USING (controller_id)
            WHERE o.meeting_id = meetings.meeting_id AND l.expires_at > clock_timestamp()
              AND l.controller_id <> ${assignment.controllerId})`;
      if (assigned.count === 0) return false;
      const doubted = await doubtAfterMove(sql, meetingId, assignment.controllerId);
      if (!doubted) {
        await concludePresence(sql, meetingId, "controller_lost", assignment.controllerId);
      }
      return true;
    });
  }

  async recordParticipants(
    controllerId: string,
    changes: readonly ParticipantChange[],
  ): Promise<void> {
    await recordPresence(this.#sql, controllerId, changes);
  }

  async releaseLostParticipants(): Promise<number> {
    return await releaseLostPresence(this.#sql);
  }

  async endHeldSessions(): Promise<number> {
    return await endHeldSessions(this.#sql);
  }

  async restoreParticipants(controllerId: string): Promise<number> {
    return await restorePresence(this.#sql, controllerId);
  }

  #matching(reference: MeetingReference) {
    const sql = this.#sql;
    if ("meetingId" in reference) return sql`m.meeting_id = ${reference.meetingId}`;
    if ("code" in reference) return sql`m.code = ${reference.code}`;
    return sql`m.room_id = ${reference.roomId} AND m.ended_at IS NULL`;
  }
}

/** Undefined as {@link MeetingStore.create}. A room that is gone by now is left out. */
async function insertMeeting(
  sql: postgres.Sql | postgres.TransactionSql,
  meeting: NewMeeting,
  quotas: Quotas,
): Promise<MeetingSummary | undefined> {
  const { settings, assignment, owner } = meeting;
  const controllerId = assignment?.controllerId ?? null;
  const [row] = await sql<{ created_at: Date; room_id: string | null }[]>`
    INSERT INTO meetings (
      meeting_id, code, display_name, description, max_participants,
      enable_e2e_encryption, require_auth, recording_enabled, lobby_enabled, default_grants,
      locked, passcode_hash, scheduled_start, scheduled_end,
      organisation_id, owner_user_id, owner_client_id, room_id,
      guest_host_id, controller_id, media_handler_id, region
    ) SELECT
      ${meeting.meetingId}, ${meeting.code}, ${meeting.displayName}, ${meeting.description},
      ${meeting.maxParticipants}, ${settings.enableE2eEncryption}, ${settings.requireAuth},
      ${settings.recordingEnabled}, ${settings.lobbyEnabled}, ${[...settings.defaultGrants]},
      ${meeting.locked}, ${meeting.passcodeHash}, ${meeting.scheduledStart},
      ${meeting.scheduledEnd}, ${owner.organisationId}, ${owner.userId}, ${owner.clientId},
      (SELECT room_id FROM rooms WHERE room_id = ${meeting.roomId} FOR KEY SHARE),
      ${meeting.guestHostId ?? ""},
      (SELECT controller_id FROM meeting_controllers WHERE controller_id = ${controllerId}),
      (SELECT handler_id FROM media_handlers
        WHERE handler_id = ${assignment?.mediaHandlerId ?? null}),
      coalesce(${meeting.region ?? null}::text, (SELECT region FROM meeting_controllers
        WHERE controller_id = ${controllerId}))
    WHERE ${claimsQuota(sql, owner.organisationId, "open_meetings", quotas)}
    ON CONFLICT DO NOTHING RETURNING created_at, room_id`;
  if (row === undefined) return undefined;
  const { created_at: createdAt, room_id: roomId } = row;
  return {
    ...meeting,
    roomId,
    version: 1,
    createdAt,
    updatedAt: createdAt,
    endedAt: null,
    participantCount: 0,
  };
}

function meetingOf(row: MeetingRow): Meeting {
  return {
    ...meetingSummaryOf(row),
    region: row.home_region,
    controller: row.controller_id === null ? undefined : {
      controllerId: row.controller_id,
      region: row.region,
      endpoint: row.controller_endpoint,
      rpcEndpoint: row.rpc_endpoint ?? undefined,
      owns: row.owned,
      released: row.released,
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
