import type { Database } from "../../../db/connection.ts";
import { DatabaseWithDeadline, isDatabaseAway } from "../database/database_with_deadline.ts";
import { MAX_PARTICIPANTS_LIMIT } from "../meeting/meeting_settings.ts";
import type { Role } from "../participant/participant.ts";
import {
  FactsUnavailableError,
  type KnownMeeting,
  type MeetingFacts,
  type ModerationAction,
  SupersededOwnerError,
} from "./meeting_facts.ts";
import { recordedActionOf } from "./recorded_action.ts";

/** Given roles, and bans, of one meeting that are loaded at most: the latest. */
const MAX_LOADED = 10_000;

interface KnownMeetingRow {
  readonly display_name: string;
  readonly max_participants: number;
  readonly enable_e2e_encryption: boolean;
  readonly locked: boolean;
  readonly lobby_enabled: boolean;
  readonly roles: { participant_id: string; user_id: string | null; role: Role }[];
  readonly bans: {
    participant_id: string;
    participant_name: string;
    user_id: string | null;
    user_reference: string;
    guest_id: string;
    network: string;
  }[];
}

/** Facts in PostgreSQL, where the global controller has them too (db/migrations/). */
export class PostgresMeetingFacts implements MeetingFacts, AsyncDisposable {
  readonly #database: DatabaseWithDeadline;
  readonly #controllerId: string;

  /** @param options.controllerId whose meetings' facts are recorded. */
  constructor(options: { databaseUrl: string; controllerId: string }) {
    this.#database = new DatabaseWithDeadline(options.databaseUrl, "meeting-controller facts");
    this.#controllerId = options.controllerId;
  }

  async load(meetingId: string): Promise<KnownMeeting | undefined> {
    const [row] = await this.#ask((sql) =>
      sql<KnownMeetingRow[]>`
        SELECT display_name, max_participants, enable_e2e_encryption, locked, lobby_enabled,
          (SELECT coalesce(jsonb_agg(to_jsonb(r) ORDER BY r.given_at), '[]') FROM (
            SELECT * FROM meeting_roles WHERE meeting_id = m.meeting_id
            ORDER BY given_at DESC LIMIT ${MAX_LOADED}) r) AS roles,
          (SELECT coalesce(jsonb_agg(to_jsonb(b) ORDER BY b.banned_at), '[]') FROM (
            SELECT * FROM meeting_bans WHERE meeting_id = m.meeting_id
            ORDER BY banned_at DESC LIMIT ${MAX_LOADED}) b) AS bans
        FROM meetings m WHERE meeting_id = ${meetingId} AND ended_at IS NULL`
    );
    return row && knownMeetingOf(row);
  }

  async record(
    meetingId: string,
    epoch: bigint,
    actions: readonly ModerationAction[],
  ): Promise<void> {
    const [row] = await this.#ask((sql) =>
      recordActions(sql, { meetingId, controllerId: this.#controllerId, epoch }, actions)
    );
    if (row === undefined) throw new SupersededOwnerError("another controller has the meeting");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#database[Symbol.asyncDispose]();
  }

  async #ask<Answer>(query: (sql: Database) => Promise<Answer>): Promise<Answer> {
    try {
      return await this.#database.run(query);
    } catch (error) {
      if (!isDatabaseAway(error)) throw error;
      throw new FactsUnavailableError("the database is away", { cause: error });
    }
  }
}

/**
 * One statement, hence all or nothing, which waits for nobody's next statement while it has its
 * locks. The owner's row is locked until its end: an owner to come waits, and one that came while
 * this waited is seen, because the lock looks at the row again. What follows is done only for the
 * actions that were not recorded before.
 *
 * @returns a row if this owner has the meeting, else none.
 */
async function recordActions(
  sql: Database,
  owner: { meetingId: string; controllerId: string; epoch: bigint },
  actions: readonly ModerationAction[],
): Promise<readonly unknown[]> {
  const rows = actions.map((action, position) => ({ position, ...recordedActionOf(action) }));
  return await sql`
    WITH owner AS MATERIALIZED (
      SELECT meeting_id, epoch FROM meeting_owners
      WHERE meeting_id = ${owner.meetingId} AND controller_id = ${owner.controllerId}
        AND epoch = ${owner.epoch.toString()}::bigint
      FOR SHARE
    ), asked AS MATERIALIZED (
      SELECT o.meeting_id, o.epoch, a.*
      FROM owner o, jsonb_to_recordset(${sql.json(rows)}) AS a (
        position int, action_id uuid, action text,
        actor_participant_id uuid, actor_name text, actor_user_id uuid,
        subject_participant_id uuid, subject_name text, detail text,
        role_participant_id uuid, role_user_id uuid, role text,
        ban_participant_id uuid, ban_name text, ban_user_id uuid, ban_user_reference text,
        ban_guest_id text, ban_network text
      )
    ), recorded AS (
      INSERT INTO moderation_actions (
        action_id, meeting_id, epoch, action, actor_participant_id, actor_name, actor_user_id,
        subject_participant_id, subject_name, detail, occurred_at
      )
      SELECT action_id, meeting_id, epoch, action, actor_participant_id, actor_name, u.user_id,
        subject_participant_id, subject_name, detail,
        -- those that are recorded together keep their order
        now() + position * interval '1 microsecond'
      FROM asked LEFT JOIN users u ON u.user_id = actor_user_id
      ON CONFLICT (action_id) DO NOTHING RETURNING action_id
    ), fresh AS MATERIALIZED (
      SELECT asked.* FROM asked JOIN recorded USING (action_id)
    ), banned AS (
      INSERT INTO meeting_bans (
        meeting_id, participant_id, participant_name, user_id, user_reference, guest_id, network
      )
      SELECT DISTINCT ON (ban_participant_id) meeting_id, ban_participant_id, ban_name, u.user_id,
        ban_user_reference, ban_guest_id, ban_network
      FROM fresh LEFT JOIN users u ON u.user_id = ban_user_id
      WHERE action = 'ban' ORDER BY ban_participant_id, position
      ON CONFLICT (meeting_id, participant_id) DO NOTHING
    ), given AS MATERIALIZED (
      SELECT DISTINCT ON (role_participant_id) meeting_id, role_participant_id AS participant_id,
        u.user_id, role, position
      FROM fresh LEFT JOIN users u ON u.user_id = role_user_id
      WHERE action = 'change_role' ORDER BY role_participant_id, position DESC
    ), gave AS (
      INSERT INTO meeting_roles AS r (meeting_id, participant_id, user_id, role, given_at)
      SELECT meeting_id, participant_id, user_id, role,
        now() + position * interval '1 microsecond'
      FROM given
      ON CONFLICT (meeting_id, participant_id) DO UPDATE SET
        user_id = excluded.user_id, role = excluded.role, given_at = excluded.given_at
    ), replaced AS (
      -- the same person's, in whom he or she was before
      DELETE FROM meeting_roles r USING given g
      WHERE r.meeting_id = g.meeting_id AND r.user_id = g.user_id
        AND r.participant_id NOT IN (SELECT participant_id FROM given)
    ), settings AS (
      SELECT meeting_id,
        (SELECT f.action = 'lock' FROM fresh f WHERE f.action IN ('lock', 'unlock')
          ORDER BY f.position DESC LIMIT 1) AS locked,
        (SELECT f.action = 'enable_lobby' FROM fresh f
          WHERE f.action IN ('enable_lobby', 'disable_lobby')
          ORDER BY f.position DESC LIMIT 1) AS lobby_enabled,
        EXISTS (SELECT FROM fresh f WHERE f.action = 'end_meeting') AS ends
      FROM owner
    ), changed AS (
      UPDATE meetings m SET
        locked = coalesce(s.locked, m.locked),
        lobby_enabled = coalesce(s.lobby_enabled, m.lobby_enabled),
        ended_at = CASE WHEN s.ends THEN coalesce(m.ended_at, now()) ELSE m.ended_at END,
        version = version + 1, updated_at = now()
      FROM settings s
      WHERE m.meeting_id = s.meeting_id AND (
        s.locked <> m.locked OR s.lobby_enabled <> m.lobby_enabled OR
        s.ends AND m.ended_at IS NULL)
    )
    SELECT meeting_id FROM owner`;
}

function knownMeetingOf(row: KnownMeetingRow): KnownMeeting {
  return {
    settings: {
      displayName: row.display_name,
      maxParticipants: Math.min(row.max_participants, MAX_PARTICIPANTS_LIMIT),
      e2eEncryption: row.enable_e2e_encryption,
      locked: row.locked,
      lobbyEnabled: row.lobby_enabled,
    },
    roles: row.roles.map((given) => ({
      participantId: given.participant_id,
      userId: given.user_id ?? "",
      role: given.role,
    })),
    bans: row.bans.map((ban) => ({
      participantId: ban.participant_id,
      participantName: ban.participant_name,
      userId: ban.user_id ?? "",
      userReference: ban.user_reference,
      guestId: ban.guest_id,
      network: ban.network,
    })),
  };
}
