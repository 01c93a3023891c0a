import { z } from "@hono/zod-openapi";
import {
  FullSettings,
  MAX_DESCRIPTION_LENGTH,
  MAX_NAME_LENGTH,
  maxParticipants,
  passcode,
  readSettings,
  SettingsRequest,
  writeSettings,
} from "../meeting/meeting_settings_messages.ts";
import { nextCursor } from "../rest/cursor.ts";
import { text } from "../rest/text.ts";
import { isSlug, type Room } from "./room.ts";
import type { RoomConfigurationWishes } from "./room_service.ts";

const MAX_SLUG_LENGTH = 63;
const time = z.string().openapi({ format: "date-time" });

const slug = z.string().min(1).max(MAX_SLUG_LENGTH)
  .refine(isSlug, "has to be words of a-z and 0-9 with single hyphens between them")
  .openapi({ example: "team-standup", pattern: "^[a-z0-9]+(-[a-z0-9]+)*$" });

const ConfigurationRequest = z.object({
  description: text(MAX_DESCRIPTION_LENGTH),
  max_participants: maxParticipants,
  settings: SettingsRequest,
  passcode: passcode.nullable(),
  guests_may_open: z.boolean().openapi({
    description: "Whether people without an account, who have the link, may open the meeting",
  }),
}).partial();

const displayName = text(MAX_NAME_LENGTH).trim().min(1);

export const CreateRoomRequest = z.object({
  slug,
  display_name: displayName,
  configuration: ConfigurationRequest.optional(),
}).openapi("CreateRoomRequest");

export const ChangeRoomRequest = z.object({
  slug,
  display_name: displayName,
  configuration: ConfigurationRequest,
}).partial().openapi("ChangeRoomRequest");

export const RoomResponse = z.object({
  room_id: z.uuid(),
  slug: z.string(),
  display_name: z.string(),
  owner_user_id: z.uuid().nullable(),
  configuration: z.object({
    description: z.string(),
    max_participants: z.number().int(),
    settings: FullSettings,
    has_passcode: z.boolean(),
    guests_may_open: z.boolean(),
  }).openapi({ description: "What a meeting in this room starts with" }),
  created_at: time,
  updated_at: time,
}).openapi("Room");

export const RoomListResponse = z.object({ rooms: z.array(RoomResponse), next_cursor: nextCursor })
  .openapi("RoomList");

export const RoomMeetingResponse = z.object({
  meeting_id: z.uuid(),
  meeting_code: z.string(),
  meeting_url: z.string(),
  display_name: z.string(),
  created_at: time,
}).openapi("RoomMeeting");

export const RoomLinkResponse = z.object({
  display_name: z.string(),
  meeting_code: z.string().nullable().openapi({
    description: "null: no meeting is open, and the caller may not open one",
  }),
  meeting_url: z.string().nullable(),
}).openapi("RoomLink");

/** What a request says about a room's configuration. */
export function readConfiguration(
  configuration: z.infer<typeof ConfigurationRequest> | undefined,
): RoomConfigurationWishes {
  return {
    description: configuration?.description,
    maxParticipants: configuration?.max_participants,
    settings: readSettings(configuration?.settings),
    passcode: configuration?.passcode,
    guestsMayOpen: configuration?.guests_may_open,
  };
}

/** A room for everybody in its organisation. */
export function writeRoom(room: Room): z.infer<typeof RoomResponse> {
  const { configuration } = room;
  return {
    room_id: room.roomId,
    slug: room.slug,
    display_name: room.displayName,
    owner_user_id: room.ownerUserId,
    configuration: {
      description: configuration.description,
      max_participants: configuration.maxParticipants,
      settings: writeSettings(configuration.settings),
      has_passcode: configuration.passcodeHash !== null,
      guests_may_open: configuration.guestsMayOpen,
    },
    created_at: room.createdAt.toISOString(),
    updated_at: room.updatedAt.toISOString(),
  };
}
