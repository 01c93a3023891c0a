import { createRoute, z } from "@hono/zod-openapi";
import type { ApiApp } from "../rest/api_environment.ts";
import { pageQuery, parsePage } from "../rest/cursor.ts";
import { errorResponse, jsonContent } from "../rest/openapi.ts";
import {
  ParticipantListQuery,
  ParticipantListResponse,
  SessionListResponse,
  SessionResponse,
  writeAttendee,
  writeSession,
} from "./attendance_messages.ts";
import type { AttendanceService } from "./attendance_service.ts";
import { meetingPath, refusedToOthers } from "../meeting/meeting_path.ts";

const refused = {
  ...refusedToOthers,
  503: errorResponse("The database is away"),
};

const listSessions = createRoute({
  method: "get",
  path: "/api/v1/meetings/{meeting}/sessions",
  summary: "List the runs of a meeting, the newest first",
  request: { params: meetingPath, query: z.object(pageQuery) },
  responses: {
    200: { description: "Sessions", ...jsonContent(SessionListResponse) },
    ...refused,
  },
});

const getSession = createRoute({
  method: "get",
  path: "/api/v1/meetings/{meeting}/sessions/{session_id}",
  summary: "Get one run of a meeting with who was in it, page by page",
  request: {
    params: meetingPath.extend({ session_id: z.string() }),
    query: z.object(pageQuery),
  },
  responses: {
    200: { description: "The session", ...jsonContent(SessionResponse) },
    ...refused,
    404: errorResponse("No such meeting or session"),
  },
});

const listParticipants = createRoute({
  method: "get",
  path: "/api/v1/meetings/{meeting}/participants",
  summary: "List who is or was in a meeting, the latest to join first",
  request: { params: meetingPath, query: ParticipantListQuery },
  responses: {
    200: { description: "Participants", ...jsonContent(ParticipantListResponse) },
    ...refused,
  },
});

/** Adds the routes that show who was in a meeting. */
export function addAttendanceRoutes(app: ApiApp, attendance: AttendanceService): void {
  app.openapi(listSessions, async (context) => {
    const { items, nextCursor } = await attendance.listSessions(
      context.get("caller"),
      context.req.valid("param").meeting,
      parsePage(context.req.valid("query")),
    );
    return context.json({ sessions: items.map(writeSession), next_cursor: nextCursor }, 200);
  });
  app.openapi(getSession, async (context) => {
    const { meeting, session_id } = context.req.valid("param");
    const { session, attendance: { items, nextCursor } } = await attendance.getSession(
      context.get("caller"),
      meeting,
      session_id,
      parsePage(context.req.valid("query")),
    );
    const nowMs = Date.now();
    return context.json({
      ...writeSession(session),
      attendance: items.map((attendee) => writeAttendee(attendee, nowMs)),
      next_cursor: nextCursor,
    }, 200);
  });
  app.openapi(listParticipants, async (context) => {
    const query = context.req.valid("query");
    const { items, nextCursor } = await attendance.listParticipants(
      context.get("caller"),
      context.req.valid("param").meeting,
      query.present === undefined ? undefined : query.present === "true",
      parsePage(query),
    );
    const nowMs = Date.now();
    return context.json({
      participants: items.map((attendee) => writeAttendee(attendee, nowMs)),
      next_cursor: nextCursor,
    }, 200);
  });
}
