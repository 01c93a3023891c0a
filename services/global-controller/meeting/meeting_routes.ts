import { createRoute, z } from "@hono/zod-openapi";
import { errorResponse, jsonContent } from "../rest/openapi.ts";
import type { ApiApp } from "../rest/api_environment.ts";
import {
  CreateMeetingRequest,
  CreateMeetingResponse,
  MeetingListResponse,
  MeetingResponse,
  writeMeeting,
  writeMeetingSummary,
} from "./meeting_messages.ts";
import type { MeetingService } from "./meeting_service.ts";

const meetingPath = z.object({
  meeting: z.string().openapi({ description: "A meeting id or a meeting code" }),
});
const notFound = { 404: errorResponse("No such meeting") };

const createMeeting = createRoute({
  method: "post",
  path: "/api/v1/meetings",
  summary: "Create a meeting (specification 1.1)",
  request: { body: jsonContent(CreateMeetingRequest) },
  responses: {
    201: {
      description: "The meeting, and its host's join token",
      ...jsonContent(CreateMeetingResponse),
    },
    400: errorResponse("Malformed request"),
    401: errorResponse("Guests may not create meetings here"),
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

const listMeetings = createRoute({
  method: "get",
  path: "/api/v1/meetings",
  summary: "List the calling API client's meetings, the newest first (specification 1.3)",
  request: {
    query: z.object({
      user_id: z.string().optional().openapi({ description: "The caller's own client id" }),
      active: z.enum(["true", "false"]).optional().openapi({
        description: "true: those that have not ended; false: those that have",
      }),
    }),
  },
  responses: {
    200: { description: "Meetings", ...jsonContent(MeetingListResponse) },
    401: errorResponse("No access token"),
    403: errorResponse("Another client's meetings"),
  },
});

const endMeeting = createRoute({
  method: "delete",
  path: "/api/v1/meetings/{meeting}",
  summary: "End a meeting for everyone in it",
  request: { params: meetingPath },
  responses: {
    204: { description: "The meeting has ended" },
    401: errorResponse("No access token"),
    403: errorResponse("Another client's meeting"),
    ...notFound,
    503: errorResponse("Ended, but its meeting controller does not know yet: call again"),
  },
});

/** Adds the routes under `/api/v1/meetings`. */
export function addMeetingRoutes(
  app: ApiApp,
  meetings: MeetingService,
): void {
  app.openapi(createMeeting, async (context) => {
    const { display_name, max_participants, settings } = context.req.valid("json");
    const created = await meetings.create(context.get("caller"), {
      displayName: display_name?.trim(),
      maxParticipants: max_participants,
      enableE2eEncryption: settings?.enable_e2e_encryption,
      requireAuth: settings?.require_auth,
      recordingEnabled: settings?.recording_enabled,
    });
    return context.json({
      meeting_id: created.meetingId,
      meeting_code: created.code,
      meeting_url: meetings.urlOf(created.code),
      participant_id: created.participantId,
      join_token: created.joinToken,
      meeting_controller_url: created.placement.controller.endpoint,
      created_at: created.createdAt.toISOString(),
    }, 201);
  });
  app.openapi(getMeeting, async (context) => {
    const meeting = await meetings.get(context.req.valid("param").meeting);
    return context.json(writeMeeting(meeting, meetings.urlOf(meeting.code)), 200);
  });
  app.openapi(listMeetings, async (context) => {
    const { user_id, active } = context.req.valid("query");
    const { meetings: found, total } = await meetings.list(context.get("caller"), {
      userId: user_id,
      active: active === undefined ? undefined : active === "true",
    });
    return context.json({ meetings: found.map(writeMeetingSummary), total }, 200);
  });
  app.openapi(endMeeting, async (context) => {
    await meetings.end(context.get("caller"), context.req.valid("param").meeting);
    return context.body(null, 204);
  });
}
