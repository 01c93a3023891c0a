import type postgres from "postgres";
import type { DefaultGrant, MeetingSummary } from "./meeting.ts";

/** A row of `meetingColumns`. */
export interface MeetingSummaryRow {
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
  readonly guest_host_id: string;
  readonly version: number;
  readonly created_at: Date;
  readonly updated_at: Date;
  readonly ended_at: Date | null;
  readonly participant_count: number;
}

/** What a summary needs of `meetings m`, and how many are present. */
export function meetingColumns(sql: postgres.ISql) {
  return sql`
    m.meeting_id, m.code, m.display_name, m.description, m.max_participants,
    m.enable_e2e_encryption, m.require_auth, m.recording_enabled, m.lobby_enabled,
    m.default_grants, m.locked, m.passcode_hash, m.scheduled_start, m.scheduled_end,
    m.organisation_id, m.owner_user_id, m.owner_client_id, m.room_id, m.guest_host_id, m.version,
    m.created_at, m.updated_at, m.ended_at,
    CASE WHEN m.occupied THEN (SELECT count(*)::int FROM participants p
      WHERE p.meeting_id = m.meeting_id AND p.left_at IS NULL) ELSE 0 END AS participant_count`;
}

/** The summary in a row of `meetingColumns`. */
export function meetingSummaryOf(row: MeetingSummaryRow): MeetingSummary {
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
    guestHostId: row.guest_host_id,
    version: row.version,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
    endedAt: row.ended_at,
    participantCount: row.participant_count,
  };
}
