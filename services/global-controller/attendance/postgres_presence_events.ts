import type postgres from "postgres";
import type { JsonValue } from "../rest/json_value.ts";
import type { EventType } from "../webhook/event_type.ts";
import { storeEvent } from "../webhook/postgres_event_publisher.ts";
import type { LockedMeeting, PresenceRow, PresenceTransition } from "./presence_row.ts";
import type { SessionChange } from "./postgres_sessions.ts";

type Data = Record<string, JsonValue>;

/** Stores what an organisation may want to hear of who came and went, in the caller's transaction. */
export async function storePresenceEvents(
  tx: postgres.TransactionSql,
  { meetingId, code, organisationId }: LockedMeeting,
  transitions: readonly PresenceTransition[],
  sessions: SessionChange,
): Promise<void> {
  if (organisationId === null) return;
  const meeting: Data = { meeting_id: meetingId, meeting_code: code };
  const store = (type: EventType, data: Data) =>
    storeEvent(tx, { organisationId, type, data: { ...meeting, ...data } });
  for (
    const session of sessions.now.filter(({ sessionId }) => !sessions.endedBefore.has(sessionId))
  ) {
    await store("session.started", {
      session_id: session.sessionId,
      started_at: session.startedAt.toISOString(),
    });
  }
  const sessionOf = new Map(
    sessions.now.flatMap(({ sessionId, participantIds }) =>
      participantIds.map((participantId) => [participantId, sessionId])
    ),
  );
  for (const { before, after } of transitions) {
    const data = describe(after, sessionOf.get(after.participant_id) ?? null);
    if (joinedNow(before, after)) await store("participant.joined", data);
    if (leftNow(before, after)) {
      await store("participant.left", {
        ...data,
        left_at: after.left_at!.toISOString(),
        reason: after.leave_reason,
      });
    }
  }
  for (const { sessionId, startedAt, endedAt, peakParticipants } of sessions.now) {
    if (endedAt === null || sessions.endedBefore.get(sessionId)) continue;
    await store("session.ended", {
      session_id: sessionId,
      started_at: startedAt.toISOString(),
      ended_at: endedAt.toISOString(),
      peak_participants: peakParticipants,
    });
  }
}

/** A participant who is back after a loss that was concluded joins once more. */
function joinedNow(before: PresenceTransition["before"], after: PresenceRow): boolean {
  if (after.joined_at === null) return false;
  return before === undefined || before.joined_at === null ||
    (before.left_at !== null && after.left_at === null);
}

function leftNow(before: PresenceTransition["before"], after: PresenceRow): boolean {
  if (after.joined_at === null || after.left_at === null) return false;
  return before === undefined || before.joined_at === null || before.left_at === null;
}

function describe(row: PresenceRow, sessionId: string | null): Data {
  return {
    participant_id: row.participant_id,
    session_id: sessionId,
    name: row.name,
    role: row.role,
    user_id: row.user_id,
    user_reference: row.user_reference,
    joined_at: row.joined_at?.toISOString() ?? null,
  };
}
