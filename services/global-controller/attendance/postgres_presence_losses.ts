import type postgres from "postgres";
import { followPresence, lockMeetings, wasPresent } from "./postgres_presence.ts";
import { storePresenceEvents } from "./postgres_presence_events.ts";
import { refreshSessions } from "./postgres_sessions.ts";
import type { PresenceRow } from "./presence_row.ts";
import { RUN_GRACE_MS } from "./session_partition.ts";

/**
 * How long after its controller is gone a meeting that was owned under a lease is waited for,
 * milliseconds: until then people usually have resumed at another one.
 */
const TAKEOVER_LIMIT_MS = 15_000;
/** Sessions whose time has run out that one transaction ends at most. */
const MAX_SESSIONS_ENDED = 100;

/**
 * Marks those lost who were reported as present by a controller that is no longer registered, where
 * the meeting could be taken over after {@link TAKEOVER_LIMIT_MS}, or that has not had their meeting
 * for {@link RUN_GRACE_MS}; but nobody of a meeting that has an owner: one that took it over has
 * brought them along, and reports who does not come back.
 *
 * @returns how many.
 */
export async function releaseLostPresence(sql: postgres.Sql): Promise<number> {
  return await sql.begin(async (tx) => {
    const gone = await findGoneControllers(tx);
    const orphaned = tx`p.left_at IS NULL AND p.controller_id = ANY (${gone}::uuid[])`;
    const wasOwned = tx`EXISTS (
        SELECT FROM meeting_owners o WHERE o.meeting_id = p.meeting_id)`;
    const doubtedFor = (ms: number) =>
      tx`p.left_at IS NULL AND p.doubted_at <= now() - ${ms} * interval '1 millisecond'`;
    const doubtful = tx`${orphaned} AND ${wasOwned} AND p.doubted_at IS NULL`;
    const lost = tx`(
        (${orphaned} AND NOT ${wasOwned}) OR (${orphaned} AND ${doubtedFor(TAKEOVER_LIMIT_MS)})
        OR (${doubtedFor(RUN_GRACE_MS)})
      ) AND NOT EXISTS (
        SELECT FROM meeting_owners o JOIN controller_leases l USING (controller_id)
        WHERE o.meeting_id = p.meeting_id AND l.expires_at > now())`;
    const affected = await tx<{ meeting_id: string }[]>`
      SELECT DISTINCT meeting_id FROM participants p WHERE ${lost} OR (${doubtful})`;
    if (affected.length === 0) return 0;
    const meetingIds = affected.map((row) => row.meeting_id);
    const meetings = await lockMeetings(tx, meetingIds);
    const rows = await tx<PresenceRow[]>`
        UPDATE participants p SET
          left_at = greatest(joined_at, date_trunc('milliseconds', now())),
          leave_reason = 'controller_lost', doubted_at = NULL
        WHERE p.meeting_id = ANY (${meetingIds}::uuid[]) AND ${lost} RETURNING *`;
    await tx`UPDATE participants p SET doubted_at = now()
      WHERE p.meeting_id = ANY (${meetingIds}::uuid[]) AND ${doubtful}`;
    await followPresence(tx, meetings, rows.map(wasPresent));
    return rows.length;
  });
}

/**
 * Doubts that those are still there whom others than the meetings' owner reported last: unless they
 * are reported again, nobody will report that they have gone.
 */
export async function doubtOthers(
  tx: postgres.TransactionSql,
  meetingIds: readonly string[],
  ownerId: string,
): Promise<void> {
  await tx`
    UPDATE participants p SET doubted_at = now()
    FROM meeting_owners o
    WHERE p.meeting_id = ANY (${[...meetingIds]}::uuid[]) AND o.meeting_id = p.meeting_id
      AND o.controller_id = ${ownerId} AND p.left_at IS NULL AND p.doubted_at IS NULL
      AND p.controller_id <> ${ownerId}`;
}

/**
 * Doubts that those are still there whom others than `controllerId` reported, if the meeting was
 * owned under a lease: then they may resume at that one.
 *
 * @returns whether it was.
 */
export async function doubtAfterMove(
  tx: postgres.TransactionSql,
  meetingId: string,
  controllerId: string,
): Promise<boolean> {
  const owned = await tx`SELECT FROM meeting_owners WHERE meeting_id = ${meetingId}`;
  if (owned.count === 0) return false;
  await tx`
    UPDATE participants SET doubted_at = now()
    WHERE meeting_id = ${meetingId} AND left_at IS NULL AND doubted_at IS NULL
      AND controller_id <> ${controllerId}`;
  return true;
}

/** Those that participants are at, and that are not registered. */
async function findGoneControllers(tx: postgres.TransactionSql): Promise<string[]> {
  // From one controller to the next along the index, however many people each has.
  const rows = await tx<{ controller_id: string }[]>`
    WITH RECURSIVE reporter (controller_id) AS (
      (SELECT controller_id FROM participants WHERE left_at IS NULL
        ORDER BY controller_id LIMIT 1)
      UNION ALL
      SELECT (SELECT p.controller_id FROM participants p
        WHERE p.left_at IS NULL AND p.controller_id > r.controller_id
        ORDER BY p.controller_id LIMIT 1)
      FROM reporter r WHERE r.controller_id IS NOT NULL
    )
    SELECT controller_id FROM reporter r
    WHERE controller_id IS NOT NULL AND NOT EXISTS (
      SELECT FROM meeting_controllers c WHERE c.controller_id = r.controller_id)`;
  return rows.map((row) => row.controller_id);
}

/** Takes back the losses of a controller that is back. @returns how many. */
export async function restorePresence(sql: postgres.Sql, controllerId: string): Promise<number> {
  return await sql.begin(async (tx) => {
    const back = tx`p.controller_id = ${controllerId} AND p.leave_reason = 'controller_lost'
      AND p.joined_at IS NOT NULL`;
    const affected = await tx<{ meeting_id: string }[]>`
      SELECT DISTINCT meeting_id FROM participants p WHERE ${back}`;
    if (affected.length === 0) return 0;
    const meetingIds = affected.map((row) => row.meeting_id);
    const meetings = await lockMeetings(tx, meetingIds);
    const rows = await tx<PresenceRow[]>`
        UPDATE participants p SET left_at = NULL, leave_reason = NULL, doubted_at = NULL
        FROM meetings m
        WHERE m.meeting_id = ANY (${meetingIds}::uuid[]) AND m.meeting_id = p.meeting_id
          AND m.ended_at IS NULL AND ${back}
        RETURNING p.*`;
    const returned = rows.map((after) => ({
      before: { joined_at: after.joined_at, left_at: new Date(0) },
      after,
    }));
    await followPresence(tx, meetings, returned);
    return rows.length;
  });
}

/** Ends the sessions whose last ones were lost and are not back in time. @returns how many. */
export async function endHeldSessions(sql: postgres.Sql): Promise<number> {
  return await sql.begin(async (tx) => {
    const due = await tx<{ meeting_id: string }[]>`
      SELECT meeting_id FROM meeting_sessions WHERE held_until <= now()
      ORDER BY held_until LIMIT ${MAX_SESSIONS_ENDED}`;
    if (due.length === 0) return 0;
    const meetings = await lockMeetings(tx, due.map((row) => row.meeting_id));
    for (const meeting of meetings.values()) {
      await storePresenceEvents(tx, meeting, [], await refreshSessions(tx, meeting, [], true));
    }
    return due.length;
  });
}
