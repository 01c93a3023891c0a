import type postgres from "postgres";
import {
  type AttendeeRole,
  isLater,
  momentOf,
  type ParticipantChange,
} from "../events/participant_change.ts";
import { doubtOthers } from "./postgres_presence_losses.ts";
import { followPresence, lockMeetings } from "./postgres_presence.ts";
import type { PresenceRow } from "./presence_row.ts";
import { type PresenceState, stateAfterReport } from "./presence_state.ts";

/** A participant's row with what orders its reports. */
type StateRow = Omit<PresenceRow, "role"> & {
  readonly role: AttendeeRole;
  readonly controller_id: string;
  readonly arrived_at: Date | null;
  readonly arrived_epoch: string;
  readonly departed_epoch: string;
};

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
  await sql.begin(async (tx) => {
    const meetings = await lockMeetings(tx, changes.map(({ meetingId }) => meetingId));
    const known = await tx<StateRow[]>`
      SELECT participant_id, meeting_id, controller_id, role, joined_at, arrived_at, arrived_epoch,
        left_at, leave_reason, departed_epoch
      FROM participants
      WHERE participant_id = ANY (${changes.map(({ participantId }) => participantId)}::uuid[])`;
    const before = new Map(known.map((row) => [row.participant_id, row]));
    const reports = changes
      .filter(({ meetingId, participantId }) => {
        const row = before.get(participantId);
        return meetings.has(meetingId) && (row === undefined || row.meeting_id === meetingId);
      })
      .map((change) => afterReport(before.get(change.participantId), change, controllerId))
      // In one order everywhere, so that two reporters never deadlock.
      .sort((a, b) => a.participantId < b.participantId ? -1 : 1);
    const rows = await writeReports(tx, reports);
    await doubtOthers(tx, [...meetings.keys()], controllerId);
    await followPresence(
      tx,
      meetings,
      rows.map((after) => ({ before: before.get(after.participant_id), after })),
    );
  });
}

/** What one participant has become by a report. */
interface WrittenReport extends
  PresenceState,
  Pick<
    ParticipantChange,
    "participantId" | "meetingId" | "name" | "role" | "userId" | "userReference"
  > {
  readonly controllerId: string;
}

function afterReport(
  before: StateRow | undefined,
  change: ParticipantChange,
  controllerId: string,
): WrittenReport {
  const known = before && stateOf(before);
  const state = stateAfterReport(known, change);
  // A report that comes late says nothing of where the participant is now.
  const isNews = !isLater(
    known && momentOf(known) || NEVER,
    momentOf(change) ?? NEVER,
  );
  const { participantId, meetingId, name, userId, userReference } = change;
  return {
    ...state,
    participantId,
    meetingId,
    name,
    userId,
    userReference,
    role: isNews || before === undefined ? change.role : before.role,
    controllerId: isNews || before === undefined ? controllerId : before.controller_id,
  };
}

const NEVER = { epoch: -1n, at: new Date(0) };

function stateOf(row: StateRow): PresenceState {
  const { arrived_at: arrivedAt, left_at: leftAt, leave_reason: reason } = row;
  return {
    joinedAt: row.joined_at,
    arrival: arrivedAt && { epoch: BigInt(row.arrived_epoch), at: arrivedAt },
    departure: leftAt && { epoch: BigInt(row.departed_epoch), at: leftAt, reason: reason! },
  };
}

async function writeReports(
  tx: postgres.TransactionSql,
  reports: readonly WrittenReport[],
): Promise<PresenceRow[]> {
  if (reports.length === 0) return [];
  const times = (all: readonly (Date | undefined | null)[]) =>
    all.map((time) => time?.toISOString() ?? null);
  const epochs = (all: readonly ({ readonly epoch: bigint } | null)[]) =>
    all.map((moment) => (moment?.epoch ?? 0n).toString());
  return await tx<PresenceRow[]>`
    INSERT INTO participants (
      participant_id, meeting_id, controller_id, name, joined_at, arrived_at, arrived_epoch, left_at,
      leave_reason, departed_epoch, role, user_id, user_reference
    )
    SELECT r.participant_id, r.meeting_id, r.controller_id, r.name, r.joined_at, r.arrived_at,
      r.arrived_epoch, r.left_at, r.leave_reason, r.departed_epoch, r.role, u.user_id,
      r.user_reference
    FROM unnest(
      ${reports.map(({ participantId }) => participantId)}::uuid[],
      ${reports.map(({ meetingId }) => meetingId)}::uuid[],
      ${reports.map(({ controllerId }) => controllerId)}::uuid[],
      ${reports.map(({ name }) => name)}::text[],
      ${times(reports.map(({ joinedAt }) => joinedAt))}::timestamptz[],
      ${times(reports.map(({ arrival }) => arrival?.at))}::timestamptz[],
      ${epochs(reports.map(({ arrival }) => arrival))}::bigint[],
      ${times(reports.map(({ departure }) => departure?.at))}::timestamptz[],
      ${reports.map(({ departure }) => departure?.reason ?? null)}::text[],
      ${epochs(reports.map(({ departure }) => departure))}::bigint[],
      ${reports.map(({ role }) => role)}::text[],
      ${reports.map(({ userId }) => userId)}::uuid[],
      ${reports.map(({ userReference }) => userReference)}::text[]
    ) AS r (participant_id, meeting_id, controller_id, name, joined_at, arrived_at, arrived_epoch,
      left_at, leave_reason, departed_epoch, role, user_id, user_reference)
    LEFT JOIN users u ON u.user_id = r.user_id
    ORDER BY r.participant_id
    ON CONFLICT (participant_id) DO UPDATE SET
      controller_id = excluded.controller_id, role = excluded.role,
      name = CASE WHEN participants.name = '' THEN excluded.name ELSE participants.name END,
      joined_at = excluded.joined_at, arrived_at = excluded.arrived_at,
      arrived_epoch = excluded.arrived_epoch, left_at = excluded.left_at,
      leave_reason = excluded.leave_reason, departed_epoch = excluded.departed_epoch,
      doubted_at = NULL
    WHERE participants.meeting_id = excluded.meeting_id
    RETURNING *`;
}
