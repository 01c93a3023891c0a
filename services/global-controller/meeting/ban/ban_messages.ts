import { z } from "@hono/zod-openapi";
import { nextCursor } from "../../rest/cursor.ts";
import type { MeetingBan } from "./ban.ts";

const Ban = z.object({
  ban_id: z.uuid(),
  participant_id: z.uuid(),
  participant_name: z.string(),
  user_id: z.uuid().nullable(),
  user_reference: z.string().nullable().openapi({
    description: "What the backend that issued the join token calls the person",
  }),
  knows_browser: z.boolean().openapi({
    description: "Whether it was a guest whose browser is known again",
  }),
  banned_at: z.string(),
}).openapi("MeetingBan");

export const BanListResponse = z.object({
  bans: z.array(Ban),
  next_cursor: nextCursor,
}).openapi("MeetingBanList");

/** A ban as the API shows it: by what a guest is known again stays here. */
export function writeBan(ban: MeetingBan) {
  return {
    ban_id: ban.banId,
    participant_id: ban.participantId,
    participant_name: ban.participantName,
    user_id: ban.userId,
    user_reference: ban.userReference || null,
    knows_browser: ban.knowsBrowser,
    banned_at: ban.bannedAt.toISOString(),
  };
}
