import { createRoute, z } from "@hono/zod-openapi";
import type { AuditLog } from "../../audit/audit_log.ts";
import { auditEntryOf } from "../../audit/request_audit.ts";
import { type IdentifiedCaller, requireScope } from "../../auth/caller.ts";
import type { ApiApp } from "../../rest/api_environment.ts";
import { notFound } from "../../rest/api_error.ts";
import { pageQuery, parsePage } from "../../rest/cursor.ts";
import { errorResponse, jsonContent } from "../../rest/openapi.ts";
import { isUuid } from "../../rest/uuid.ts";
import { assertMayAppoint } from "../credential/granted_scopes.ts";
import {
  MemberListResponse,
  MemberResponse,
  UpdateMemberRequest,
  writeMember,
} from "./member_messages.ts";
import type { MembershipActor, MemberStore } from "./member_store.ts";

const memberPath = z.object({
  user_id: z.string().openapi({ description: "The member's user id" }),
});
const refused = {
  400: errorResponse("Malformed request"),
  401: errorResponse("No access token or API key"),
  403: errorResponse("The scope is missing, or only an owner may do it"),
  429: errorResponse("Too many requests"),
  503: errorResponse("The database is away"),
};
const notChanged = {
  ...refused,
  404: errorResponse("No such member"),
  409: errorResponse("The organisation needs another owner first"),
};

const listMembers = createRoute({
  method: "get",
  path: "/api/v1/organisation/members",
  summary: "List the organisation's members, the newest first",
  request: { query: z.object(pageQuery) },
  responses: {
    200: { description: "Members", ...jsonContent(MemberListResponse) },
    ...refused,
  },
});

const updateMember = createRoute({
  method: "patch",
  path: "/api/v1/organisation/members/{user_id}",
  summary: "Give a member another role; only owners make or unmake owners",
  request: { params: memberPath, body: { ...jsonContent(UpdateMemberRequest), required: true } },
  responses: { 200: { description: "The member", ...jsonContent(MemberResponse) }, ...notChanged },
});

const removeMember = createRoute({
  method: "delete",
  path: "/api/v1/organisation/members/{user_id}",
  summary: "Take a member out of the organisation, or leave it oneself",
  description: "Access ends within five seconds.",
  request: { params: memberPath },
  responses: { 204: { description: "No member any more" }, ...notChanged },
});

/** Adds the routes under `/api/v1/organisation/members`. */
export function addMemberRoutes(app: ApiApp, options: {
  members: MemberStore;
  audit: AuditLog;
}): void {
  const { members, audit } = options;
  app.openapi(listMembers, async (context) => {
    const { organisationId } = requireScope(context.get("caller"), "organisation:read");
    const page = parsePage(context.req.valid("query"));
    const { items, nextCursor } = await members.list(organisationId, page);
    return context.json({ members: items.map(writeMember), next_cursor: nextCursor }, 200);
  });
  app.openapi(updateMember, async (context) => {
    const caller = requireScope(context.get("caller"), "organisation:write");
    const { organisationId } = caller;
    const userId = existingId(context.req.valid("param").user_id);
    const { role } = context.req.valid("json");
    assertMayAppoint(caller, role);
    const actor = actorOf(caller);
    const { member, previousRole } = await members.changeRole(organisationId, userId, role, actor);
    await audit.record(auditEntryOf(context, {
      organisationId,
      action: "member.role_changed",
      target: `user:${userId}`,
      details: { from: previousRole, to: role },
    }));
    return context.json(writeMember(member), 200);
  });
  app.openapi(removeMember, async (context) => {
    const userId = existingId(context.req.valid("param").user_id);
    const caller = callerWhoRemoves(context.get("caller"), userId);
    const { organisationId } = caller;
    await members.remove(organisationId, userId, actorOf(caller));
    await audit.record(auditEntryOf(context, {
      organisationId,
      action: "member.removed",
      target: `user:${userId}`,
    }));
    return context.body(null, 204);
  });
}

/** Leaving needs no scope. */
function callerWhoRemoves(caller: Parameters<typeof requireScope>[0], userId: string) {
  const leaves = caller.kind === "user" && caller.userId === userId.toLowerCase();
  return leaves ? caller : requireScope(caller, "organisation:write");
}

function actorOf(caller: IdentifiedCaller): MembershipActor {
  return { userId: caller.kind === "user" ? caller.userId : null };
}

function existingId(id: string): string {
  if (!isUuid(id)) throw notFound("no such member");
  return id.toLowerCase();
}
