import { z } from "@hono/zod-openapi";
import { DEFAULT_GRANTS } from "../meeting/meeting.ts";
import { nextCursor } from "../rest/cursor.ts";
import { instant } from "../rest/instant.ts";
import { text } from "../rest/text.ts";
import type { GuestLink } from "./guest_link.ts";

const MAX_LABEL_LENGTH = 200;
/** PostgreSQL's largest integer. */
const MAX_USES_LIMIT = 2 ** 31 - 1;

export const CreateGuestLinkRequest = z.object({
  label: text(MAX_LABEL_LENGTH).optional().openapi({
    description: "By which people tell links apart",
  }),
  grants: z.array(z.enum(DEFAULT_GRANTS)).max(DEFAULT_GRANTS.length).optional().openapi({
    description: "The meeting's default_grants unless given",
  }),
  max_uses: z.number().int().min(1).max(MAX_USES_LIMIT).optional().openapi({
    description: "How often somebody may join by it; as often as they like by default",
  }),
  expires_at: instant.optional().openapi({
    description: "RFC 3339; with the meeting by default",
  }),
}).openapi("CreateGuestLink");

const GuestLinkBody = z.object({
  link_id: z.uuid(),
  label: z.string(),
  grants: z.array(z.enum(DEFAULT_GRANTS)),
  max_uses: z.number().int().nullable(),
  uses: z.number().int(),
  created_at: z.string(),
  expires_at: z.string().nullable(),
  revoked_at: z.string().nullable(),
}).openapi("GuestLink");

export const CreateGuestLinkResponse = GuestLinkBody.extend({
  url: z.string().openapi({
    description: "What guests open, shown this once; the secret stands behind #guest=",
    example: "https://tower.example/m/abc-defg-hjk#guest=…",
  }),
}).openapi("CreatedGuestLink");

export const GuestLinkListResponse = z.object({
  guest_links: z.array(GuestLinkBody),
  next_cursor: nextCursor,
}).openapi("GuestLinkList");

/** A link as the API shows it, without its secret. */
export function writeGuestLink(link: GuestLink) {
  return {
    link_id: link.linkId,
    label: link.label,
    grants: [...link.grants],
    max_uses: link.maxUses,
    uses: link.uses,
    created_at: link.createdAt.toISOString(),
    expires_at: link.expiresAt?.toISOString() ?? null,
    revoked_at: link.revokedAt?.toISOString() ?? null,
  };
}
