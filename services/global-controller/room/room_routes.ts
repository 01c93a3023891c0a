import { createRoute, z } from "@hono/zod-openapi";
import type { AuditLog } from "../audit/audit_log.ts";
import { auditEntryOf } from "../audit/request_audit.ts";
import type { MeetingSummary } from "../meeting/meeting.ts";
import type { ApiApp } from "../rest/api_environment.ts";
import { pageQuery, parsePage } from "../rest/cursor.ts";
import { readIfMatch, writeEtag } from "../rest/etag.ts";
import { errorResponse, jsonContent } from "../rest/openapi.ts";
import type { Room } from "./room.ts";
import {
  ChangeRoomRequest,
  CreateRoomRequest,
  readConfiguration,
  RoomLinkResponse,
  RoomListResponse,
  RoomMeetingResponse,
  RoomResponse,
  writeRoom,
} from "./room_messages.ts";
import type { OpenedMeeting, RoomService } from "./room_service.ts";

const roomPath = z.object({ room: z.string().openapi({ description: "A room id or a slug" }) });
const refused = {
  400: errorResponse("Malformed request"),
  401: errorResponse("No access token"),
  403: errorResponse("Somebody else's room, over a quota, or without the scope"),
};
const notFound = { 404: errorResponse("The organisation has no such room") };
const slugTaken = { 409: errorResponse("The organisation has another room with this slug") };

const createRoom = createRoute({
  method: "post",
  path: "/api/v1/rooms",
  summary: "Create a permanent room",
  request: { body: jsonContent(CreateRoomRequest) },
  responses: {
    201: { description: "The room", ...jsonContent(RoomResponse) },
    ...refused,
    ...slugTaken,
  },
});

const listRooms = createRoute({
  method: "get",
  path: "/api/v1/rooms",
  summary: "List the organisation's rooms, the newest first",
  request: { query: z.object(pageQuery) },
  responses: { 200: { description: "Rooms", ...jsonContent(RoomListResponse) }, ...refused },
});

const getRoom = createRoute({
  method: "get",
  path: "/api/v1/rooms/{room}",
  summary: "Get a room",
  request: { params: roomPath },
  responses: {
    200: { description: "The room", ...jsonContent(RoomResponse) },
    401: refused[401],
    403: refused[403],
    ...notFound,
  },
});

const changeRoom = createRoute({
  method: "patch",
  path: "/api/v1/rooms/{room}",
  summary: "Change a room, and what its next meeting starts with",
  request: { params: roomPath, body: jsonContent(ChangeRoomRequest) },
  responses: {
    200: { description: "The room as it is now", ...jsonContent(RoomResponse) },
    ...refused,
    ...notFound,
    ...slugTaken,
    412: errorResponse("Changed since the version in If-Match"),
  },
});

const deleteRoom = createRoute({
  method: "delete",
  path: "/api/v1/rooms/{room}",
  summary: "Delete a room; its meetings go on without it",
  request: { params: roomPath },
  responses: {
    204: { description: "The room is gone" },
    401: refused[401],
    403: refused[403],
    ...notFound,
  },
});

const openMeeting = createRoute({
  method: "post",
  path: "/api/v1/rooms/{room}/meeting",
  operationId: "openRoomMeeting",
  summary: "Get the room's open meeting, or open one",
  request: { params: roomPath },
  responses: {
    200: { description: "The meeting that was open", ...jsonContent(RoomMeetingResponse) },
    201: { description: "A new meeting", ...jsonContent(RoomMeetingResponse) },
    ...refused,
    ...notFound,
    503: errorResponse("Meetings in this room keep ending"),
  },
});

const followLink = createRoute({
  method: "get",
  path: "/api/v1/room-links/{organisation}/{room}",
  summary: "Get the meeting that a room's link leads to",
  description:
    "For everybody. A meeting is opened for people of the organisation, and for guests " +
    "where the room says guests_may_open.",
  request: {
    params: z.object({
      organisation: z.string().openapi({ description: "The organisation's slug" }),
      room: z.string().openapi({ description: "The room's slug" }),
    }),
  },
  responses: {
    200: { description: "The meeting", ...jsonContent(RoomLinkResponse) },
    403: errorResponse("The organisation has as many open meetings as it may"),
    404: errorResponse("No such room"),
    503: errorResponse("Meetings in this room keep ending"),
  },
});

/** Adds the routes under `/api/v1/rooms` and `/api/v1/room-links`. */
export function addRoomRoutes(
  app: ApiApp,
  { rooms, meetingUrl, audit }: {
    rooms: RoomService;
    /** The link of the meeting with this code. */
    meetingUrl: (code: string) => string;
    audit: AuditLog;
  },
): void {
  app.openapi(createRoom, async (context) => {
    const { slug, display_name, configuration } = context.req.valid("json");
    const room = await rooms.create(context.get("caller"), {
      slug,
      displayName: display_name,
      configuration: readConfiguration(configuration),
    });
    const details = { slug };
    await audit.record(auditEntryOf(context, { ...auditOf("room.created", room), details }));
    writeEtag(context, room.version);
    return context.json(writeRoom(room), 201);
  });

  app.openapi(listRooms, async (context) => {
    const page = parsePage(context.req.valid("query"));
    const { rooms: found, nextCursor } = await rooms.list(context.get("caller"), page);
    return context.json({ rooms: found.map(writeRoom), next_cursor: nextCursor }, 200);
  });

  app.openapi(getRoom, async (context) => {
    const room = await rooms.get(context.get("caller"), context.req.valid("param").room);
    writeEtag(context, room.version);
    return context.json(writeRoom(room), 200);
  });

  app.openapi(changeRoom, async (context) => {
    const { slug, display_name, configuration } = context.req.valid("json");
    const { room, changed } = await rooms.change(
      context.get("caller"),
      context.req.valid("param").room,
      { slug, displayName: display_name, configuration: readConfiguration(configuration) },
      readIfMatch(context),
    );
    if (changed) {
      const details = { version: room.version };
      await audit.record(auditEntryOf(context, { ...auditOf("room.updated", room), details }));
    }
    writeEtag(context, room.version);
    return context.json(writeRoom(room), 200);
  });

  app.openapi(deleteRoom, async (context) => {
    const room = await rooms.delete(context.get("caller"), context.req.valid("param").room);
    const details = { slug: room.slug };
    await audit.record(auditEntryOf(context, { ...auditOf("room.deleted", room), details }));
    return context.body(null, 204);
  });

  app.openapi(openMeeting, async (context) => {
    const opened = await rooms.open(context.get("caller"), context.req.valid("param").room);
    const { meeting, created } = opened;
    if (created) await audit.record(auditEntryOf(context, auditOfOpening(opened)));
    const answer = {
      meeting_id: meeting.meetingId,
      meeting_code: meeting.code,
      meeting_url: meetingUrl(meeting.code),
      display_name: meeting.displayName,
      created_at: meeting.createdAt.toISOString(),
    };
    return created ? context.json(answer, 201) : context.json(answer, 200);
  });

  app.openapi(followLink, async (context) => {
    const { organisation, room: slug } = context.req.valid("param");
    const { room, opened } = await rooms.follow(context.get("caller"), organisation, slug);
    if (opened?.created) await audit.record(auditEntryOf(context, auditOfOpening(opened)));
    const code = opened?.meeting.code ?? null;
    return context.json({
      display_name: room.displayName,
      meeting_code: code,
      meeting_url: code === null ? null : meetingUrl(code),
    }, 200);
  });
}

function auditOf(action: string, { organisationId, roomId }: Room) {
  return { organisationId, action, target: `room:${roomId}` };
}

function auditOfOpening(
  { meeting }: OpenedMeeting & { meeting: Pick<MeetingSummary, "owner" | "meetingId" | "roomId"> },
) {
  return {
    organisationId: meeting.owner.organisationId,
    action: "meeting.created",
    target: `meeting:${meeting.meetingId}`,
    details: { room_id: meeting.roomId },
  };
}
