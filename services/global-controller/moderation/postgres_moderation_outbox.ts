import type postgres from "postgres";
import type { Database } from "../../../db/connection.ts";
import { concludePresence, lockMeetings } from "../attendance/postgres_presence.ts";
import type { LockedMeeting } from "../attendance/presence_row.ts";
import { auditTexts } from "../audit/audit_text.ts";
import { appendToAuditLog } from "../audit/postgres_audit_log.ts";
import { meetingEvent } from "../meeting/meeting_event.ts";
import {
  meetingColumns,
  meetingSummaryOf,
  type MeetingSummaryRow,
} from "../meeting/postgres_meeting_row.ts";
import { storeEvent } from "../webhook/postgres_event_publisher.ts";
import type { ModerationAction, ModerationKind } from "./moderation_action.ts";
import { moderationEntry, moderationEvent } from "./moderation_audit.ts";
import type { ModerationOutbox, TakenActions } from "./moderation_outbox.ts";

/**
 * The end of a meeting and the action that ended it are written at once, with the action's place in
 * its batch as microseconds: within so many milliseconds they belong together.
 */
const SAME_MOMENT_MS = 1;

interface ActionRow {
  readonly action_id: string;
  readonly meeting_id: string;
  readonly action: ModerationKind;
  readonly actor_participant_id: string;
  readonly actor_name: string;
  readonly actor_user_id: string | null;
  readonly subject_participant_id: string | null;
  readonly subject_name: string;
  readonly detail: string;
  readonly occurred_at: Date;
}

/** The outbox in PostgreSQL (db/migrations/0012_meeting_owners.sql). */
export class PostgresModerationOutbox implements ModerationOutbox {
  readonly #sql: Database;

  constructor(sql: Database) {
    this.#sql = sql;
  }

  async take(limit: number): Promise<TakenActions> {
    return await this.#sql.begin(async (tx) => {
      const rows = await tx<ActionRow[]>`
        SELECT action_id, meeting_id, action, actor_participant_id, actor_name, actor_user_id,
          subject_participant_id, subject_name, detail, occurred_at
        FROM moderation_actions WHERE recorded_at IS NULL
        ORDER BY occurred_at, action_id LIMIT ${limit} FOR UPDATE SKIP LOCKED`;
      if (rows.length === 0) return { count: 0, endedMeetingIds: [] };
      const actions = rows.map(actionOf);
      const meetings = await lockMeetings(tx, actions.map(({ meetingId }) => meetingId));
      await applyToParticipants(tx, actions);
      const endedMeetingIds = await endMeetings(tx, actions, meetings);
      await publish(tx, actions, meetings);
      await audit(tx, actions, meetings);
      await tx`
        UPDATE moderation_actions SET recorded_at = now()
        WHERE action_id = ANY (${actions.map(({ actionId }) => actionId)}::uuid[])`;
      return { count: actions.length, endedMeetingIds };
    });
  }
}

/** Attendance knows the new roles, and no join token lets those in again who were put out. */
async function applyToParticipants(
  tx: postgres.TransactionSql,
  actions: readonly ModerationAction[],
): Promise<void> {
  for (const { meetingId, kind, subject, detail } of actions) {
    if (kind !== "change_role" || subject === undefined) continue;
    await tx`
      UPDATE participants SET role = ${detail}
      WHERE participant_id = ${subject.participantId} AND meeting_id = ${meetingId}
        AND ${detail}::text IN ('host', 'co_host', 'participant')`;
  }
  const putOut = actions.filter(({ kind }) => kind === "remove" || kind === "ban");
  if (putOut.length === 0) return;
  await tx`
    UPDATE join_tokens t SET revoked_at = coalesce(t.revoked_at, now())
    FROM unnest(
      ${putOut.map(({ meetingId }) => meetingId)}::uuid[],
      ${putOut.map(({ subject }) => subject?.participantId ?? null)}::uuid[]
    ) AS out (meeting_id, participant_id)
    WHERE t.meeting_id = out.meeting_id AND t.participant_id = out.participant_id`;
}

/** As for a meeting that is ended by the API. @returns which meetings a host has ended. */
async function endMeetings(
  tx: postgres.TransactionSql,
  actions: readonly ModerationAction[],
  meetings: ReadonlyMap<string, LockedMeeting>,
): Promise<string[]> {
  const endings = actions.filter(({ kind }) => kind === "end_meeting");
  const endedIds = [...new Set(endings.map(({ meetingId }) => meetingId))]
    .filter((meetingId) => meetings.get(meetingId)?.endedAt != null);
  for (const meetingId of endedIds) {
    await concludePresence(tx, meetingId, "meeting_ended");
    const endedAtMs = meetings.get(meetingId)!.endedAt!.getTime();
    // Unless the API had ended it before, and has told of it.
    const endedByHost = endings.some((action) =>
      action.meetingId === meetingId &&
      Math.abs(action.occurredAt.getTime() - endedAtMs) <= SAME_MOMENT_MS
    );
    if (!endedByHost) continue;
    const summary = await readSummary(tx, meetingId);
    await storeEvent(tx, meetingEvent("meeting.ended", summary));
  }
  return endedIds;
}

/** Tells the webhooks, in the order in which it happened. */
async function publish(
  tx: postgres.TransactionSql,
  actions: readonly ModerationAction[],
  meetings: ReadonlyMap<string, LockedMeeting>,
): Promise<void> {
  for (const action of actions) {
    const { organisationId = null, code = "" } = meetings.get(action.meetingId) ?? {};
    if (organisationId === null) continue;
    const event = moderationEvent(action, { organisationId, code });
    if (event !== undefined) await storeEvent(tx, event);
    if (changesMeeting(action.kind)) {
      const summary = await readSummary(tx, action.meetingId);
      await storeEvent(tx, meetingEvent("meeting.updated", summary));
    }
  }
}

function changesMeeting(kind: ModerationKind): boolean {
  return kind === "lock" || kind === "unlock" || kind === "enable_lobby" ||
    kind === "disable_lobby";
}

/** Adds to each organisation's chain, in one order everywhere, so that no two deadlock. */
async function audit(
  tx: postgres.TransactionSql,
  actions: readonly ModerationAction[],
  meetings: ReadonlyMap<string, LockedMeeting>,
): Promise<void> {
  const ofChain = Map.groupBy(
    actions,
    ({ meetingId }) => meetings.get(meetingId)?.organisationId ?? null,
  );
  const chains = [...ofChain.keys()].filter((chain) => chain !== null).sort();
  for (const chain of chains) {
    const entries = ofChain.get(chain)!.map((action) => auditTexts(moderationEntry(action, chain)));
    await appendToAuditLog(tx, chain, entries);
  }
}

async function readSummary(tx: postgres.TransactionSql, meetingId: string) {
  const [row] = await tx<MeetingSummaryRow[]>`
    SELECT ${meetingColumns(tx)} FROM meetings m WHERE m.meeting_id = ${meetingId}`;
  return meetingSummaryOf(row!);
}

function actionOf(row: ActionRow): ModerationAction {
  return {
    actionId: row.action_id,
    meetingId: row.meeting_id,
    kind: row.action,
    actor: {
      participantId: row.actor_participant_id,
      name: row.actor_name,
      userId: row.actor_user_id,
    },
    subject: row.subject_participant_id === null
      ? undefined
      : { participantId: row.subject_participant_id, name: row.subject_name },
    detail: row.detail,
    occurredAt: row.occurred_at,
  };
}
