import { createRoute, z } from "@hono/zod-openapi";
import type { AuditLog } from "../audit/audit_log.ts";
import { auditEntryOf } from "../audit/request_audit.ts";
import { callerPlace } from "../region/caller_place.ts";
import type { ApiApp } from "../rest/api_environment.ts";
import { parsePage } from "../rest/cursor.ts";
import { readIfMatch, writeEtag } from "../rest/etag.ts";
import { errorResponse, jsonContent, OPEN_TO_GUESTS } from "../rest/openapi.ts";
import { keepGuestCookie, readGuestCookie } from "./join/guest_cookie.ts";
import type { Meeting } from "./meeting.ts";
import {
  ChangeMeetingRequest,
  CreateMeetingRequest,
  CreateMeetingResponse,
  MeetingListQuery,
  MeetingListResponse,
  MeetingResponse,
  writeMeeting,
  writeMeetingSummary,
  writeWholeMeeting,
} from "./meeting_messages.ts";
import { readSettings } from "./meeting_settings_messages.ts";
import type { MeetingService } from "./meeting_service.ts";
import { meetingPath } from "./meeting_path.ts";

const notFound = { 404: errorResponse("No such meeting") };
const notAllowed = {
  401: errorResponse("No access token"),
  403: errorResponse("Somebody else's meeting, or without the scope"),
};

const createMeeting = createRoute({
  method: "post",
  path: "/api/v1/meetings",
  security: OPEN_TO_GUESTS,
  summary: "Create a meeting (specification 1.1)",
  description:
    "A meeting that starts now is served at once, and its host's join token comes with " +
    "it. For one with a scheduled_start in the future the three fields of that are null: its host " +
    "joins like everybody else, and is known by the access token. The browser in which a guest " +
    "created a meeting is given the cookie __Host-dt_guest, and joins it as its host.",
  request: { body: jsonContent(CreateMeetingRequest) },
  responses: {
    201: { description: "The meeting", ...jsonContent(CreateMeetingResponse) },
    400: errorResponse("Malformed request"),
    401: errorResponse("Guests may not create such a meeting here"),
    403: errorResponse("Over a quota, without the scope, or in somebody else's room"),
    409: errorResponse("The room has an open meeting"),
    503: errorResponse("No meeting controller is available"),
  },
});

const getMeeting = createRoute({
  method: "get",
  path: "/api/v1/meetings/{meeting}",
  summary: "Get a meeting (specification 1.2)",
  request: { params: meetingPath },
  responses: { 200: { description: "The meeting", ...jsonContent(MeetingResponse) }, ...notFound },
});

const changeMeeting = createRoute({
  method: "patch",
  path: "/api/v1/meetings/{meeting}",
  summary: "Change a meeting, while it is held too",
  request: { params: meetingPath, body: jsonContent(ChangeMeetingRequest) },
  responses: {
    200: { description: "The meeting as it is now", ...jsonContent(MeetingResponse) },
    400: errorResponse("Malformed request"),
    ...notAllowed,
    ...notFound,
    409: errorResponse("Fixed since people have been in the meeting: end-to-end encryption"),
    410: errorResponse("The meeting has ended"),
    412: errorResponse("Changed since the version in If-Match"),
    503: errorResponse("Changed, but its meeting controller does not know yet: call again"),
  },
});

const listMeetings = createRoute({
  method: "get",
  path: "/api/v1/meetings",
  summary: "List the organisation's meetings, the latest start first (specification 1.3)",
  description: "A member sees what the member owns; programs and administrators see everything.",
  request: { query: MeetingListQuery },
  responses: {
    200: { description: "Meetings", ...jsonContent(MeetingListResponse) },
    400: errorResponse("Malformed query or cursor"),
    401: errorResponse("No access token"),
    403: errorResponse("Somebody else's meetings, or without the scope"),
  },
});

const endMeeting = createRoute({
  method: "delete",
  path: "/api/v1/meetings/{meeting}",
  operationId: "endMeeting",
  summary: "End a meeting for everyone in it",
  request: { params: meetingPath },
  responses: {
    204: { description: "The meeting has ended" },
    ...notAllowed,
    ...notFound,
    503: errorResponse("Ended, but its meeting controller does not know yet: call again"),
  },
});

/** Adds the routes under `/api/v1/meetings`. */
export function addMeetingRoutes(
  app: ApiApp,
  { meetings, audit }: { meetings: MeetingService; audit: AuditLog },
): void {
  const whole = (meeting: Meeting) => writeWholeMeeting(meeting, meetings.urlOf(meeting.code));

  app.openapi(createMeeting, async (context) => {
    const body = context.req.valid("json");
    const caller = context.get("caller");
    const guestCookie = caller.kind === "guest" ? readGuestCookie(context) : undefined;
    const { meeting, host } = await meetings.create(caller, {
      ...readDefinition(body),
      roomId: body.room_id,
      guestCookie,
      place: {
        ...callerPlace(context.env),
        requested: body.region,
        roundTripsMs: body.region_rtt_ms,
      },
    });
    await audit.record(auditEntryOf(context, auditOf("meeting.created", meeting)));
    writeEtag(context, meeting.version);
    if (guestCookie !== undefined) keepGuestCookie(context, guestCookie);
    return context.json({
      meeting_id: meeting.meetingId,
      meeting_code: meeting.code,
      meeting_url: meetings.urlOf(meeting.code),
      created_at: meeting.createdAt.toISOString(),
      ...host === undefined
        ? { participant_id: null, join_token: null, meeting_controller_url: null }
        : {
          participant_id: host.participantId,
          join_token: host.joinToken,
          meeting_controller_url: host.controllerEndpoint,
        },
    }, 201);
  });

  app.openapi(getMeeting, async (context) => {
    const meeting = await meetings.get(context.req.valid("param").meeting);
    if (!meetings.isAdministeredBy(context.get("caller"), meeting)) {
      return context.json(writeMeeting(meeting, meetings.urlOf(meeting.code)), 200);
    }
    writeEtag(context, meeting.version);
    return context.json(whole(meeting), 200);
  });

  app.openapi(changeMeeting, async (context) => {
    const body = context.req.valid("json");
    const outcome = await meetings.change(
      context.get("caller"),
      context.req.valid("param").meeting,
      { ...readDefinition(body), locked: body.locked },
      readIfMatch(context),
    );
    if (outcome.changed) {
      const details = { changed: Object.keys(body), version: outcome.meeting.version };
      const entry = { ...auditOf("meeting.updated", outcome.meeting), details };
      await audit.record(auditEntryOf(context, entry));
    }
    const meeting = await meetings.tellController(outcome.meeting.meetingId);
    writeEtag(context, meeting.version);
    return context.json(whole(meeting), 200);
  });

  app.openapi(listMeetings, async (context) => {
    const query = context.req.valid("query");
    const page = await meetings.list(context.get("caller"), {
      userId: query.user_id,
      active: query.active === undefined ? undefined : query.active === "true",
      status: query.status,
      roomId: query.room_id,
      from: readInstant(query.from),
      to: readInstant(query.to),
      page: parsePage(query),
    });
    return context.json({
      meetings: page.meetings.map(writeMeetingSummary),
      total: page.total,
      total_is_exact: page.totalIsExact,
      next_cursor: page.nextCursor,
    }, 200);
  });

  app.openapi(endMeeting, async (context) => {
    const { meeting, endedNow } = await meetings.end(
      context.get("caller"),
      context.req.valid("param").meeting,
    );
    if (endedNow) await audit.record(auditEntryOf(context, auditOf("meeting.ended", meeting)));
    await meetings.tellController(meeting.meetingId);
    return context.body(null, 204);
  });
}

function readDefinition(body: z.infer<typeof ChangeMeetingRequest>) {
  return {
    displayName: body.display_name?.trim(),
    description: body.description,
    maxParticipants: body.max_participants,
    scheduledStart: readInstant(body.scheduled_start),
    scheduledEnd: readInstant(body.scheduled_end),
    passcode: body.passcode,
    settings: readSettings(body.settings),
  };
}

function readInstant<Missing extends null | undefined>(text: string | Missing): Date | Missing {
  return typeof text === "string" ? new Date(text) : text;
}

function auditOf(action: string, { owner, meetingId }: Pick<Meeting, "owner" | "meetingId">) {
  return { organisationId: owner.organisationId, action, target: `meeting:${meetingId}` };
}
