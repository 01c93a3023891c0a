import { z } from "@hono/zod-openapi";
import type { Placement } from "../region/meeting_placement.ts";

/** Longest name of a participant, UTF-16 units. */
const MAX_NAME_LENGTH = 200;

/** Text that PostgreSQL stores and JSON carries unchanged. */
const name = z.string().max(MAX_NAME_LENGTH)
  .refine((text) => text.isWellFormed() && !text.includes("\0"), "has characters that are no text");

export const JoinRequest = z.object({ participant_name: name.optional() }).openapi("JoinCall");

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
  join_token: z.string(),
  expires_at: z.string(),
  e2e_encryption: z.boolean(),
  max_participants: z.number().int(),
}).openapi("JoinGrant");

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
