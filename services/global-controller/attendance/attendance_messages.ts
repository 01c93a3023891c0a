import { z } from "@hono/zod-openapi";
import { nextCursor, pageQuery } from "../rest/cursor.ts";
import type { Attendee, MeetingSession } from "./attendance.ts";

const Session = z.object({
  session_id: z.uuid(),
  meeting_id: z.uuid(),
  started_at: z.string(),
  ended_at: z.string().nullable().openapi({ description: "Null while it goes on" }),
  peak_participants: z.number().int(),
  participant_count: z.number().int(),
}).openapi("MeetingSession");

const Participant = z.object({
  participant_id: z.uuid(),
  session_id: z.uuid().nullable(),
  name: z.string(),
  role: z.enum(["host", "co_host", "participant"]),
  user_id: z.uuid().nullable(),
  user_reference: z.string().nullable().openapi({
    description: "What the backend that issued the join token calls the person",
  }),
  joined_at: z.string().openapi({ description: "For the first time" }),
  left_at: z.string().nullable().openapi({ description: "Null while still there" }),
  leave_reason: z.enum([
    "voluntary",
    "kicked",
    "connection_lost",
    "meeting_ended",
    "controller_lost",
  ]).nullable(),
  duration_s: z.number().int().openapi({ description: "Until now while still there" }),
}).openapi("Participant");

export const SessionListResponse = z.object({
  sessions: z.array(Session),
  next_cursor: nextCursor,
}).openapi("MeetingSessionList");

export const SessionResponse = Session.extend({
  attendance: z.array(Participant).openapi({ description: "One page, the latest to join first" }),
  next_cursor: nextCursor,
}).openapi("MeetingSessionAttendance");

export const ParticipantListQuery = z.object({
  ...pageQuery,
  present: z.enum(["true", "false"]).optional().openapi({
    description: "true: who is there now; false: who has left",
  }),
});

export const ParticipantListResponse = z.object({
  participants: z.array(Participant),
  next_cursor: nextCursor,
}).openapi("ParticipantList");

/** A session as the API shows it. */
export function writeSession(session: MeetingSession) {
  return {
    session_id: session.sessionId,
    meeting_id: session.meetingId,
    started_at: session.startedAt.toISOString(),
    ended_at: session.endedAt?.toISOString() ?? null,
    peak_participants: session.peakParticipants,
    participant_count: session.participantCount,
  };
}

/** A participant as the API shows it at `nowMs`. */
export function writeAttendee(attendee: Attendee, nowMs: number) {
  const { joinedAt, leftAt } = attendee;
  const stayedMs = (leftAt?.getTime() ?? nowMs) - joinedAt.getTime();
  return {
    participant_id: attendee.participantId,
    session_id: attendee.sessionId,
    name: attendee.name,
    role: attendee.role,
    user_id: attendee.userId,
    user_reference: attendee.userReference || null,
    joined_at: joinedAt.toISOString(),
    left_at: leftAt?.toISOString() ?? null,
    leave_reason: attendee.leaveReason,
    duration_s: Math.max(0, Math.floor(stayedMs / 1_000)),
  };
}
