import { createRoute, z } from "@hono/zod-openapi";
import type { AuditLog } from "../audit/audit_log.ts";
import { auditEntryOf } from "../audit/request_audit.ts";
import type { Caller } from "../auth/caller.ts";
import type { ApiApp } from "../rest/api_environment.ts";
import { pageQuery, parsePage } from "../rest/cursor.ts";
import { readIfMatch, writeEtag } from "../rest/etag.ts";
import { errorResponse, jsonContent } from "../rest/openapi.ts";
import type { Recording } from "./recording.ts";
import {
  CreateRecordingRequest,
  RecordingListQuery,
  RecordingListResponse,
  RecordingResponse,
  UpdateRecordingRequest,
  writeRecording,
} from "./recording_messages.ts";
import type { RecordingService } from "./recording_service.ts";
import { meetingPath } from "../meeting/meeting_path.ts";

const recordingPath = z.object({
  recording: z.string().openapi({ description: "A recording id" }),
});
const refused = {
  400: errorResponse("Malformed request"),
  401: errorResponse("No access token or API key"),
  403: errorResponse("The scope is missing, or it is another member's meeting"),
  429: errorResponse("Too many requests"),
  503: errorResponse("The database is away"),
};
const noMeeting = { 404: errorResponse("No such meeting") };
const noRecording = { 404: errorResponse("No such recording") };
const aRecording = { description: "The recording", ...jsonContent(RecordingResponse) };
const aPage = { description: "Recordings", ...jsonContent(RecordingListResponse) };

const listRecordings = createRoute({
  method: "get",
  path: "/api/v1/recordings",
  summary: "List recordings, the newest first; a member sees those of the member's own meetings",
  request: { query: RecordingListQuery },
  responses: { 200: aPage, ...refused },
});

const getRecording = createRoute({
  method: "get",
  path: "/api/v1/recordings/{recording}",
  summary: "Get what is known of a recording",
  request: { params: recordingPath },
  responses: { 200: aRecording, ...refused, ...noRecording },
});

const listMeetingRecordings = createRoute({
  method: "get",
  path: "/api/v1/meetings/{meeting}/recordings",
  summary: "List the recordings of a meeting, the newest first",
  request: { params: meetingPath, query: z.object(pageQuery) },
  responses: { 200: aPage, ...refused, ...noMeeting },
});

const createRecording = createRoute({
  method: "post",
  path: "/api/v1/meetings/{meeting}/recordings",
  summary: "Register a recording that begins, for the program that records",
  request: { params: meetingPath, body: jsonContent(CreateRecordingRequest) },
  responses: {
    201: aRecording,
    ...refused,
    ...noMeeting,
    409: errorResponse("The meeting was made without recording"),
  },
});

const updateRecording = createRoute({
  method: "patch",
  path: "/api/v1/recordings/{recording}",
  summary: "Tell what became of a recording, for the program that records",
  description: "recording → processing → available or failed; no way leads back.",
  request: { params: recordingPath, body: jsonContent(UpdateRecordingRequest) },
  responses: {
    200: aRecording,
    ...refused,
    ...noRecording,
    409: errorResponse("A recording with this status does not become what was asked for"),
    412: errorResponse("It has changed since it was read"),
  },
});

const deleteRecording = createRoute({
  method: "delete",
  path: "/api/v1/recordings/{recording}",
  summary: "Mark a recording as deleted",
  description: "Its file is for the operator's storage to drop: GET /recordings?status=deleted.",
  request: { params: recordingPath },
  responses: {
    204: { description: "It is deleted" },
    ...refused,
    ...noRecording,
    412: errorResponse("It has changed since it was read"),
  },
});

/** Adds the routes under `/api/v1/recordings` and `/api/v1/meetings/{meeting}/recordings`. */
export function addRecordingRoutes(app: ApiApp, { service, audit }: {
  service: RecordingService;
  audit: AuditLog;
}): void {
  app.openapi(listRecordings, async (context) => {
    const caller = context.get("caller");
    const { status, ...page } = context.req.valid("query");
    const { items, nextCursor } = await service.list(caller, status, parsePage(page));
    return context.json({
      recordings: items.map((item) => shown(item, caller)),
      next_cursor: nextCursor,
    }, 200);
  });
  app.openapi(getRecording, async (context) => {
    const caller = context.get("caller");
    const recording = await service.get(caller, context.req.valid("param").recording);
    writeEtag(context, recording.version);
    return context.json(shown(recording, caller), 200);
  });
  app.openapi(listMeetingRecordings, async (context) => {
    const caller = context.get("caller");
    const { meeting } = context.req.valid("param");
    const page = parsePage(context.req.valid("query"));
    const { items, nextCursor } = await service.listOfMeeting(caller, meeting, page);
    return context.json({
      recordings: items.map((item) => shown(item, caller)),
      next_cursor: nextCursor,
    }, 200);
  });
  app.openapi(createRecording, async (context) => {
    const caller = context.get("caller");
    const body = context.req.valid("json");
    const recording = await service.create(caller, context.req.valid("param").meeting, {
      sessionId: body.session_id,
      mediaType: body.media_type,
      encrypted: body.encrypted,
      startedAt: dateOf(body.started_at),
      deleteAfter: dateOf(body.delete_after),
    });
    await audit.record(auditEntryOf(context, {
      organisationId: recording.organisationId,
      action: "recording.started",
      target: targetOf(recording),
      details: { meeting_id: recording.meetingId },
    }));
    writeEtag(context, recording.version);
    return context.json(shown(recording, caller), 201);
  });
  app.openapi(updateRecording, async (context) => {
    const caller = context.get("caller");
    const body = context.req.valid("json");
    const { before, after } = await service.change(
      caller,
      context.req.valid("param").recording,
      {
        status: body.status,
        location: body.location,
        mediaType: body.media_type,
        sizeBytes: body.size_bytes,
        durationMs: body.duration_ms,
        endedAt: dateOf(body.ended_at),
        deleteAfter: body.delete_after === null ? null : dateOf(body.delete_after),
      },
      readIfMatch(context),
    );
    await audit.record(auditEntryOf(context, {
      organisationId: after.organisationId,
      action: "recording.updated",
      target: targetOf(after),
      details: { from: before.status, to: after.status },
    }));
    writeEtag(context, after.version);
    return context.json(shown(after, caller), 200);
  });
  app.openapi(deleteRecording, async (context) => {
    const caller = context.get("caller");
    const { recording: id } = context.req.valid("param");
    const deleted = await service.delete(caller, id, readIfMatch(context));
    if (deleted && caller.kind !== "guest") {
      await audit.record(auditEntryOf(context, {
        organisationId: caller.organisationId,
        action: "recording.deleted",
        target: `recording:${id.toLowerCase()}`,
      }));
    }
    return context.body(null, 204);
  });
}

function shown(recording: Recording, caller: Caller) {
  const withLocation = caller.kind !== "guest" && caller.scopes.has("recordings:write");
  return writeRecording(recording, { withLocation });
}

function targetOf({ recordingId }: Recording): string {
  return `recording:${recordingId}`;
}

function dateOf(text: string | undefined): Date | undefined {
  return text === undefined ? undefined : new Date(text);
}
