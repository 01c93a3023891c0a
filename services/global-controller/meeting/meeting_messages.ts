import { z } from "@hono/zod-openapi";
import { type Meeting, meetingStatus, type MeetingSummary } from "./meeting.ts";

/** Longest name of a meeting or a participant, UTF-16 units. */
export const MAX_NAME_LENGTH = 200;
export const DEFAULT_MAX_PARTICIPANTS = 100;
export const MAX_PARTICIPANTS_LIMIT = 10_000;

/** Text that PostgreSQL stores and JSON carries unchanged. */
const name = z.string().max(MAX_NAME_LENGTH)
  .refine((text) => text.isWellFormed() && !text.includes("\0"), "has characters that are no text");

const MeetingSettings = z.object({
  enable_e2e_encryption: z.boolean(),
  require_auth: z.boolean(),
  recording_enabled: z.boolean(),
});

export const CreateMeetingRequest = z.object({
  display_name: name.optional(),
  max_participants: z.number().int().min(1).max(MAX_PARTICIPANTS_LIMIT).optional(),
  settings: MeetingSettings.partial().optional(),
}).openapi("CreateMeetingRequest");

export const CreateMeetingResponse = z.object({
  meeting_id: z.uuid(),
  meeting_code: z.string().openapi({ example: "abc-defg-hjk" }),
  meeting_url: z.string(),
  participant_id: z.uuid(),
  join_token: z.string(),
  meeting_controller_url: z.string(),
  created_at: z.string(),
}).openapi("CreateMeetingResponse");

export const MeetingResponse = z.object({
  meeting_id: z.uuid(),
  meeting_code: z.string(),
  meeting_url: z.string(),
  display_name: z.string(),
  participant_count: z.number().int(),
  max_participants: z.number().int(),
  settings: MeetingSettings,
  status: z.enum(["scheduled", "active", "ended"]),
  created_at: z.string(),
  meeting_controller_region: z.string().nullable(),
  meeting_controller_url: z.string().nullable(),
}).openapi("Meeting");

export const MeetingListResponse = z.object({
  meetings: z.array(z.object({
    meeting_id: z.uuid(),
    meeting_code: z.string(),
    display_name: z.string(),
    participant_count: z.number().int(),
    status: z.enum(["scheduled", "active", "ended"]),
    created_at: z.string(),
  })),
  total: z.number().int(),
}).openapi("MeetingList");

/** A meeting as `GET /meetings/{meeting}` shows it. */
export function writeMeeting(meeting: Meeting, meetingUrl: string) {
  const { settings, controller } = meeting;
  return {
    meeting_id: meeting.meetingId,
    meeting_code: meeting.code,
    meeting_url: meetingUrl,
    display_name: meeting.displayName,
    participant_count: meeting.participantCount,
    max_participants: meeting.maxParticipants,
    settings: {
      enable_e2e_encryption: settings.enableE2eEncryption,
      require_auth: settings.requireAuth,
      recording_enabled: settings.recordingEnabled,
    },
    status: meetingStatus(meeting),
    created_at: meeting.createdAt.toISOString(),
    meeting_controller_region: controller?.region ?? null,
    meeting_controller_url: controller?.endpoint ?? null,
  };
}

/** A meeting as a list shows it. */
export function writeMeetingSummary(meeting: MeetingSummary) {
  return {
    meeting_id: meeting.meetingId,
    meeting_code: meeting.code,
    display_name: meeting.displayName,
    participant_count: meeting.participantCount,
    status: meetingStatus(meeting),
    created_at: meeting.createdAt.toISOString(),
  };
}
