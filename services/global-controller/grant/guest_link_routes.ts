import { createRoute, z } from "@hono/zod-openapi";
import type { AuditLog } from "../audit/audit_log.ts";
import { auditEntryOf } from "../audit/request_audit.ts";
import type { ApiApp } from "../rest/api_environment.ts";
import { pageQuery, parsePage } from "../rest/cursor.ts";
import { errorResponse, jsonContent } from "../rest/openapi.ts";
import {
  CreateGuestLinkRequest,
  CreateGuestLinkResponse,
  GuestLinkListResponse,
  writeGuestLink,
} from "./guest_link_messages.ts";
import type { GuestLinkService } from "./guest_link_service.ts";
import { meetingPath, refusedToOthers } from "../meeting/meeting_path.ts";

const refused = {
  ...refusedToOthers,
  503: errorResponse("The database is away"),
};

const createLink = createRoute({
  method: "post",
  path: "/api/v1/meetings/{meeting}/guest-links",
  summary: "Make a link that admits guests, without passcode or account",
  request: { params: meetingPath, body: jsonContent(CreateGuestLinkRequest) },
  responses: {
    201: { description: "The link, once", ...jsonContent(CreateGuestLinkResponse) },
    ...refused,
    410: errorResponse("The meeting has ended"),
  },
});

const listLinks = createRoute({
  method: "get",
  path: "/api/v1/meetings/{meeting}/guest-links",
  summary: "List the guest links of a meeting, the newest first",
  request: { params: meetingPath, query: z.object(pageQuery) },
  responses: {
    200: { description: "Links, without their secrets", ...jsonContent(GuestLinkListResponse) },
    ...refused,
  },
});

const revokeLink = createRoute({
  method: "delete",
  path: "/api/v1/meetings/{meeting}/guest-links/{link_id}",
  summary: "Take a guest link back: nobody joins by it any more, and those who are in stay",
  request: { params: meetingPath.extend({ link_id: z.string() }) },
  responses: {
    204: { description: "Revoked" },
    ...refused,
    404: errorResponse("No such meeting or link"),
  },
});

/** Adds the routes of guest links. */
export function addGuestLinkRoutes(app: ApiApp, { links, audit }: {
  links: GuestLinkService;
  audit: AuditLog;
}): void {
  app.openapi(createLink, async (context) => {
    const body = context.req.valid("json");
    const { meeting, link, url } = await links.create(
      context.get("caller"),
      context.req.valid("param").meeting,
      {
        label: body.label,
        grants: body.grants,
        maxUses: body.max_uses,
        expiresAt: body.expires_at === undefined ? undefined : new Date(body.expires_at),
      },
    );
    await audit.record(auditEntryOf(context, {
      organisationId: meeting.owner.organisationId,
      action: "guest_link.created",
      target: `guest_link:${link.linkId}`,
      details: { meeting_id: meeting.meetingId, max_uses: link.maxUses },
    }));
    return context.json({ ...writeGuestLink(link), url }, 201);
  });
  app.openapi(listLinks, async (context) => {
    const { items, nextCursor } = await links.list(
      context.get("caller"),
      context.req.valid("param").meeting,
      parsePage(context.req.valid("query")),
    );
    return context.json({ guest_links: items.map(writeGuestLink), next_cursor: nextCursor }, 200);
  });
  app.openapi(revokeLink, async (context) => {
    const { meeting: name, link_id: linkId } = context.req.valid("param");
    const { meetingId, owner } = await links.revoke(context.get("caller"), name, linkId);
    await audit.record(auditEntryOf(context, {
      organisationId: owner.organisationId,
      action: "guest_link.revoked",
      target: `guest_link:${linkId}`,
      details: { meeting_id: meetingId },
    }));
    return context.body(null, 204);
  });
}
