import { z } from "@hono/zod-openapi";
import { regionName, regionRoundTrips } from "../region/region_messages.ts";
import { nextCursor, pageQuery } from "../rest/cursor.ts";
import { instant } from "../rest/instant.ts";
import { text } from "../rest/text.ts";
import { type Meeting, meetingStatus, type MeetingSummary } from "./meeting.ts";
import { EXACT_TOTAL_LIMIT } from "./meeting_list.ts";
import {
  FullSettings,
  MAX_DESCRIPTION_LENGTH,
  MAX_NAME_LENGTH,
  maxParticipants,
  passcode,
  SettingsRequest,
  writeSettings,
} from "./meeting_settings_messages.ts";

/** Longest id of a user or an API client. */
const MAX_OWNER_ID_LENGTH = 200;

const status = z.enum(["scheduled", "active", "ended"]).openapi({
  description: "scheduled: open, with nobody in it",
});
const time = z.string().openapi({ format: "date-time" });
const schedule = { scheduled_start: time.nullable(), scheduled_end: time.nullable() };

const DefinitionRequest = z.object({
  display_name: text(MAX_NAME_LENGTH),
  description: text(MAX_DESCRIPTION_LENGTH),
  max_participants: maxParticipants,
  scheduled_start: instant.nullable(),
  scheduled_end: instant.nullable(),
  passcode: passcode.nullable(),
  settings: SettingsRequest,
}).partial();

export const CreateMeetingRequest = DefinitionRequest.extend({
  room_id: z.uuid().optional().openapi({ description: "The room whose open meeting it becomes" }),
  region: regionName.optional().openapi({
    description: "Where the meeting is to be; by default near the caller",
  }),
  region_rtt_ms: regionRoundTrips.optional().openapi({
    description: "Round trips that the caller measured, milliseconds by region",
  }),
}).openapi("CreateMeetingRequest");

export const ChangeMeetingRequest = DefinitionRequest.extend({
  locked: z.boolean().optional().openapi({ description: "Nobody but hosts gets in" }),
}).openapi("ChangeMeetingRequest");

const created = {
  meeting_id: z.uuid(),
  meeting_code: z.string().openapi({ example: "abc-defg-hjk" }),
  meeting_url: z.string(),
  created_at: time,
};

/** A meeting that can be joined at once. */
const CreatedMeeting = z.object({
  ...created,
  participant_id: z.uuid(),
  join_token: z.string(),
  meeting_controller_url: z.string(),
}).openapi("CreatedMeeting");

const none = z.null().openapi({ type: "null" });

/** A meeting that starts later: nothing serves it yet, and its host joins like everybody else. */
const ScheduledMeeting = z.object({
  ...created,
  participant_id: none,
  join_token: none,
  meeting_controller_url: none,
}).openapi("ScheduledMeeting");

export const CreateMeetingResponse = z.union([CreatedMeeting, ScheduledMeeting]);

export const MeetingResponse = z.object({
  meeting_id: z.uuid(),
  meeting_code: z.string(),
  meeting_url: z.string(),
  display_name: z.string(),
  participant_count: z.number().int(),
  max_participants: z.number().int(),
  status,
  ...schedule,
  created_at: time,
  meeting_controller_region: z.string().nullable(),
  meeting_controller_url: z.string().nullable(),
  requires: z.object({ passcode: z.boolean(), sign_in: z.boolean(), lobby: z.boolean() }).openapi({
    description: "What stands between a guest and the meeting",
  }),
  settings: FullSettings.partial({ lobby_enabled: true, default_grants: true }),
  description: z.string().optional(),
  has_passcode: z.boolean().optional(),
  locked: z.boolean().optional(),
  room_id: z.uuid().nullable().optional(),
  owner_id: z.string().nullable().optional().openapi({ description: "A user or an API client" }),
  updated_at: time.optional(),
  ended_at: time.nullable().optional(),
}).openapi("Meeting", {
  description: "Optional fields are for those who administer the meeting",
});

export const MeetingSummaryResponse = z.object({
  meeting_id: z.uuid(),
  meeting_code: z.string(),
  display_name: z.string(),
  participant_count: z.number().int(),
  status,
  ...schedule,
  created_at: time,
  ended_at: time.nullable(),
  room_id: z.uuid().nullable(),
  owner_id: z.string().nullable(),
}).openapi("MeetingSummary");

export const MeetingListQuery = z.object({
  ...pageQuery,
  user_id: text(MAX_OWNER_ID_LENGTH).optional().openapi({
    description: "Only what this user or API client owns",
  }),
  active: z.enum(["true", "false"]).optional().openapi({
    description: "true: those that have not ended; false: those that have",
  }),
  status: status.optional(),
  room_id: z.uuid().optional(),
  from: instant.optional().openapi({
    description: "Those that start then or later; without a schedule they start when created",
  }),
  to: instant.optional().openapi({ description: "Those that start before" }),
});

export const MeetingListResponse = z.object({
  meetings: z.array(MeetingSummaryResponse),
  total: z.number().int().openapi({
    description: `How many match on all pages, ${EXACT_TOTAL_LIMIT} at most`,
  }),
  total_is_exact: z.boolean().openapi({ description: "false: there are more than total" }),
  next_cursor: nextCursor,
}).openapi("MeetingList");

/** A meeting for everybody who knows its link (specification 1.2). */
export function writeMeeting(
  meeting: Meeting,
  meetingUrl: string,
): z.infer<typeof MeetingResponse> {
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
    requires: {
      passcode: meeting.passcodeHash !== null,
      sign_in: settings.requireAuth,
      lobby: settings.lobbyEnabled,
    },
    status: meetingStatus(meeting),
    ...writeSchedule(meeting),
    created_at: meeting.createdAt.toISOString(),
    meeting_controller_region: controller?.region ?? null,
    meeting_controller_url: controller?.endpoint ?? null,
  };
}

/** A meeting for those who administer it. */
export function writeWholeMeeting(
  meeting: Meeting,
  meetingUrl: string,
): z.infer<typeof MeetingResponse> {
  return {
    ...writeMeeting(meeting, meetingUrl),
    settings: writeSettings(meeting.settings),
    description: meeting.description,
    has_passcode: meeting.passcodeHash !== null,
    locked: meeting.locked,
    room_id: meeting.roomId,
    owner_id: meeting.owner.userId ?? meeting.owner.clientId,
    updated_at: meeting.updatedAt.toISOString(),
    ended_at: meeting.endedAt?.toISOString() ?? null,
  };
}

/** A meeting as a list and an event show it. */
export function writeMeetingSummary(
  meeting: MeetingSummary,
): z.infer<typeof MeetingSummaryResponse> {
  return {
    meeting_id: meeting.meetingId,
    meeting_code: meeting.code,
    display_name: meeting.displayName,
    participant_count: meeting.participantCount,
    status: meetingStatus(meeting),
    ...writeSchedule(meeting),
    created_at: meeting.createdAt.toISOString(),
    ended_at: meeting.endedAt?.toISOString() ?? null,
    room_id: meeting.roomId,
    owner_id: meeting.owner.userId ?? meeting.owner.clientId,
  };
}

function writeSchedule(
  { scheduledStart, scheduledEnd }: Pick<MeetingSummary, "scheduledStart" | "scheduledEnd">,
) {
  return {
    scheduled_start: scheduledStart?.toISOString() ?? null,
    scheduled_end: scheduledEnd?.toISOString() ?? null,
  };
}
