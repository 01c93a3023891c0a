import { z } from "@hono/zod-openapi";
import { nextCursor, pageQuery } from "../rest/cursor.ts";
import { instant } from "../rest/instant.ts";
import { text } from "../rest/text.ts";
import { type Recording, RECORDING_STATUSES } from "./recording.ts";

const MAX_LOCATION_LENGTH = 2_048;
const MAX_MEDIA_TYPE_LENGTH = 200;

const status = z.enum(RECORDING_STATUSES);
const mediaType = text(MAX_MEDIA_TYPE_LENGTH).openapi({ example: "video/webm" });
/** A whole number that JSON carries exactly. */
const count = z.number().int().min(0).max(Number.MAX_SAFE_INTEGER);

export const RecordingListQuery = z.object({
  ...pageQuery,
  status: status.optional().openapi({ description: "Without it all but the deleted ones" }),
});

export const CreateRecordingRequest = z.object({
  session_id: z.uuid().optional().openapi({ description: "The run of the meeting that it shows" }),
  media_type: mediaType.optional(),
  encrypted: z.boolean().optional().openapi({
    description: "Whether only those with the meeting's keys can play it",
  }),
  started_at: instant.optional(),
  delete_after: instant.optional().openapi({ description: "When retention deletes it" }),
}).openapi("CreateRecordingRequest");

export const UpdateRecordingRequest = z.object({
  status: z.enum(["recording", "processing", "available", "failed"]).optional(),
  location: text(MAX_LOCATION_LENGTH).optional().openapi({
    description: "Where the operator's storage has it",
    example: "s3://recordings/2026/11/weekly.webm",
  }),
  media_type: mediaType.optional(),
  size_bytes: count.optional(),
  duration_ms: count.optional(),
  ended_at: instant.optional(),
  delete_after: instant.nullable().optional(),
}).openapi("UpdateRecordingRequest");

export const RecordingResponse = z.object({
  recording_id: z.uuid(),
  meeting_id: z.uuid(),
  session_id: z.uuid().nullable(),
  status,
  location: z.string().nullable().openapi({
    description: "Only for those who may write recordings; null until it is known",
  }),
  media_type: z.string(),
  size_bytes: count.nullable(),
  duration_ms: count.nullable(),
  encrypted: z.boolean(),
  started_at: z.string(),
  ended_at: z.string().nullable(),
  delete_after: z.string().nullable(),
  version: z.number().int(),
}).openapi("Recording");

export const RecordingListResponse = z.object({
  recordings: z.array(RecordingResponse),
  next_cursor: nextCursor,
}).openapi("RecordingList");

/** A recording as the API shows it. */
export function writeRecording(recording: Recording, options: { withLocation: boolean }) {
  return {
    recording_id: recording.recordingId,
    meeting_id: recording.meetingId,
    session_id: recording.sessionId,
    status: recording.status,
    location: options.withLocation ? recording.location || null : null,
    media_type: recording.mediaType,
    size_bytes: recording.sizeBytes,
    duration_ms: recording.durationMs,
    encrypted: recording.encrypted,
    started_at: recording.startedAt.toISOString(),
    ended_at: recording.endedAt?.toISOString() ?? null,
    delete_after: recording.deleteAfter?.toISOString() ?? null,
    version: recording.version,
  };
}
