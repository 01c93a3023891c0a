import { z } from "@hono/zod-openapi";
import { GRANTS } from "../../grant/grant.ts";
import { GUEST_SECRET_LENGTH } from "../../grant/guest_link.ts";
import type { Placement } from "../../region/meeting_placement.ts";
import { text } from "../../rest/text.ts";
import type { Joining } from "./join_service.ts";

/** Longest name of a participant, characters. */
const MAX_NAME_LENGTH = 200;
/** Longest passcode that is looked at, characters. */
const MAX_PASSCODE_LENGTH = 64;

export const JoinRequest = z.object({
  participant_name: text(MAX_NAME_LENGTH).optional(),
  passcode: text(MAX_PASSCODE_LENGTH).optional().openapi({
    description: "Where the meeting has one; hosts and guest links need none",
  }),
  guest_link: z.string().length(GUEST_SECRET_LENGTH).regex(/^[\w-]+$/).optional().openapi({
    description: "The secret of a guest link: what stands behind #guest= in it",
  }),
}).openapi("JoinCall");

export const EndpointsResponse = z.object({
  meeting_id: z.uuid(),
  meeting_controller_url: z.string(),
  media_handler_url: z.string().nullable(),
  certificate_hashes: z.array(z.string()).openapi({
    description: "Base64 of SHA-256, both servers' (development)",
  }),
}).openapi("MeetingEndpoints");

export const JoinResponse = EndpointsResponse.extend({
  meeting_code: z.string(),
  display_name: z.string(),
  participant_id: z.uuid(),
  token_id: z.uuid().openapi({ description: "By which the token can be revoked" }),
  join_token: z.string(),
  expires_at: z.string(),
  role: z.enum(["host", "participant"]),
  grants: z.array(z.enum(GRANTS)).openapi({ description: "What the participant may send or do" }),
  must_knock: z.boolean().openapi({
    description: "Whether a host has to admit the participant at the meeting controller",
  }),
  e2e_encryption: z.boolean(),
  max_participants: z.number().int(),
}).openapi("JoinGrant");

/** What a client needs to join. */
export function writeJoining({ meeting, placement, issued, mustKnock }: Joining) {
  return {
    ...writeEndpoints(meeting.meetingId, placement),
    meeting_code: meeting.code,
    display_name: meeting.displayName,
    participant_id: issued.participantId,
    token_id: issued.tokenId,
    join_token: issued.token,
    expires_at: issued.expiresAt.toISOString(),
    role: issued.role,
    grants: [...issued.grants],
    must_knock: mustKnock,
    e2e_encryption: meeting.settings.enableE2eEncryption,
    max_participants: meeting.maxParticipants,
  };
}

/** Where a client connects. */
export function writeEndpoints(meetingId: string, { controller, mediaHandler }: Placement) {
  const hashes = [...controller.certificateHashes, ...mediaHandler?.certificateHashes ?? []];
  return {
    meeting_id: meetingId,
    meeting_controller_url: controller.endpoint,
    media_handler_url: mediaHandler?.endpoint ?? null,
    certificate_hashes: [...new Set(hashes)],
  };
}
