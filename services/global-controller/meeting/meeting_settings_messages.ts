import { z } from "@hono/zod-openapi";
import { text } from "../rest/text.ts";
import { DEFAULT_GRANTS, type MeetingSettings } from "./meeting.ts";

/** Longest name of a meeting, a room or a participant, Unicode code points. */
export const MAX_NAME_LENGTH = 200;
export const MAX_DESCRIPTION_LENGTH = 2_000;
/** Lengths of a passcode, Unicode code points. */
const MIN_PASSCODE_LENGTH = 4;
const MAX_PASSCODE_LENGTH = 64;
export const MAX_PARTICIPANTS_LIMIT = 10_000;

/** What may be asked of a meeting: of one that is planned, or of all in a room. */
export const SettingsRequest = z.object({
  enable_e2e_encryption: z.boolean(),
  require_auth: z.boolean(),
  recording_enabled: z.boolean(),
  lobby_enabled: z.boolean().openapi({
    description: "Only hosts, guest links and tokens get in, not the link alone",
  }),
  default_grants: z.array(z.enum(DEFAULT_GRANTS)).max(DEFAULT_GRANTS.length).openapi({
    description: "What everybody but hosts may send",
  }),
}).partial();

/** Settings as those see them who administer the meeting or the room. */
export const FullSettings = z.object({
  enable_e2e_encryption: z.boolean(),
  require_auth: z.boolean(),
  recording_enabled: z.boolean(),
  lobby_enabled: z.boolean(),
  default_grants: z.array(z.enum(DEFAULT_GRANTS)),
});

export const passcode = text(MAX_PASSCODE_LENGTH).min(MIN_PASSCODE_LENGTH)
  .openapi({ description: "What who joins has to know; never answered" });
export const maxParticipants = z.number().int().min(1).max(MAX_PARTICIPANTS_LIMIT);

/** The settings that a request names. */
export function readSettings(
  settings: z.infer<typeof SettingsRequest> | undefined,
): Partial<MeetingSettings> {
  return {
    enableE2eEncryption: settings?.enable_e2e_encryption,
    requireAuth: settings?.require_auth,
    recordingEnabled: settings?.recording_enabled,
    lobbyEnabled: settings?.lobby_enabled,
    defaultGrants: settings?.default_grants,
  };
}

/** Settings for those who administer the meeting or the room. */
export function writeSettings(settings: MeetingSettings): z.infer<typeof FullSettings> {
  return {
    enable_e2e_encryption: settings.enableE2eEncryption,
    require_auth: settings.requireAuth,
    recording_enabled: settings.recordingEnabled,
    lobby_enabled: settings.lobbyEnabled,
    default_grants: [...settings.defaultGrants],
  };
}
