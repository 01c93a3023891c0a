import { createRoute, z } from "@hono/zod-openapi";
import type { AuditLog } from "../../audit/audit_log.ts";
import { auditEntryOf } from "../../audit/request_audit.ts";
import type { ApiApp } from "../../rest/api_environment.ts";
import { pageQuery, parsePage } from "../../rest/cursor.ts";
import { errorResponse, jsonContent } from "../../rest/openapi.ts";
import { meetingPath, refusedToOthers } from "../meeting_path.ts";
import { BanListResponse, writeBan } from "./ban_messages.ts";
import type { BanService } from "./ban_service.ts";

const listBans = createRoute({
  method: "get",
  path: "/api/v1/meetings/{meeting}/bans",
  summary: "List who is banned from a meeting, the newest first",
  request: { params: meetingPath, query: z.object(pageQuery) },
  responses: {
    200: { description: "Bans", ...jsonContent(BanListResponse) },
    ...refusedToOthers,
    503: errorResponse("The database is away"),
  },
});

const liftBan = createRoute({
  method: "delete",
  path: "/api/v1/meetings/{meeting}/bans/{ban_id}",
  summary: "Lift a ban: the person may join again",
  request: { params: meetingPath.extend({ ban_id: z.string() }) },
  responses: {
    204: { description: "Lifted" },
    ...refusedToOthers,
    404: errorResponse("No such meeting or ban"),
    503: errorResponse("The database is away; or lifted, and the meeting's controller is away"),
  },
});

/** Adds the routes of bans. */
export function addBanRoutes(app: ApiApp, { bans, audit }: {
  bans: BanService;
  audit: AuditLog;
}): void {
  app.openapi(listBans, async (context) => {
    const { items, nextCursor } = await bans.list(
      context.get("caller"),
      context.req.valid("param").meeting,
      parsePage(context.req.valid("query")),
    );
    return context.json({ bans: items.map(writeBan), next_cursor: nextCursor }, 200);
  });
  app.openapi(liftBan, async (context) => {
    const { meeting: name, ban_id: banId } = context.req.valid("param");
    const { meeting, ban } = await bans.lift(context.get("caller"), name, banId);
    await audit.record(auditEntryOf(context, {
      organisationId: meeting.owner.organisationId,
      action: "ban.lifted",
      target: `participant:${ban.participantId}`,
      details: { meeting_id: meeting.meetingId, ban_id: ban.banId, name: ban.participantName },
    }));
    await bans.tellController(meeting.meetingId);
    return context.body(null, 204);
  });
}
