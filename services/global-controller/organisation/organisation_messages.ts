import { z } from "@hono/zod-openapi";
import { text } from "../rest/text.ts";
import { MAX_NAME_LENGTH, MAX_SLUG_LENGTH, type Organisation, SLUG } from "./organisation.ts";
import type { Quotas, QuotaUsage } from "./quota/quota.ts";

/** A name with at least one character that is to be seen. */
export const requiredName = text(MAX_NAME_LENGTH).trim().min(1);

/** What names an organisation in links. */
export const organisationSlug = z.string().max(MAX_SLUG_LENGTH).regex(SLUG).openapi({
  description: "In links; unique among all organisations",
  example: "acme",
});

export const UpdateOrganisationRequest = z.object({
  name: requiredName.optional(),
  slug: organisationSlug.optional(),
}).openapi("UpdateOrganisationRequest");

const quota = z.object({ limit: z.number().int(), used: z.number().int() });

export const OrganisationResponse = z.object({
  organisation_id: z.uuid(),
  slug: organisationSlug,
  name: z.string(),
  created_at: z.string(),
  quotas: z.object({
    members: quota.openapi({ description: "Members and open invitations" }),
    open_meetings: quota.openapi({ description: "Meetings that have not ended" }),
    participants: z.object({ limit: z.number().int() }).openapi({
      description: "The most that a meeting may set as its max_participants",
    }),
  }),
}).openapi("Organisation");

/** An organisation as its own people see it. */
export function writeOrganisation(organisation: Organisation, quotas: Quotas, usage: QuotaUsage) {
  return {
    organisation_id: organisation.organisationId,
    slug: organisation.slug,
    name: organisation.name,
    created_at: organisation.createdAt.toISOString(),
    quotas: {
      members: { limit: quotas.maxMembers, used: usage.members },
      open_meetings: { limit: quotas.maxOpenMeetings, used: usage.openMeetings },
      participants: { limit: quotas.maxParticipants },
    },
  };
}
