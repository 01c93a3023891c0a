import { createRoute, z } from "@hono/zod-openapi";
import type { AuditLog } from "../../audit/audit_log.ts";
import { auditEntryOf } from "../../audit/request_audit.ts";
import { type IdentifiedCaller, requireScope } from "../../auth/caller.ts";
import type { ApiApp } from "../../rest/api_environment.ts";
import { forbidden, notFound } from "../../rest/api_error.ts";
import { pageQuery, parsePage } from "../../rest/cursor.ts";
import { errorResponse, jsonContent } from "../../rest/openapi.ts";
import { isUuid } from "../../rest/uuid.ts";
import { assertMayAppoint } from "../credential/granted_scopes.ts";
import { invitationUrl } from "./invitation.ts";
import {
  CreateInvitationRequest,
  InvitationListResponse,
  NewInvitationResponse,
  ShownInvitationResponse,
  writeInvitation,
  writeShownInvitation,
} from "./invitation_messages.ts";
import type { InvitationStore } from "./invitation_store.ts";
import { SECRET_TOKEN } from "../secret_token.ts";

const refused = {
  400: errorResponse("Malformed request"),
  401: errorResponse("No access token or API key"),
  403: errorResponse("The scope is missing, only an owner may do it, or the quota is used up"),
  429: errorResponse("Too many requests"),
  503: errorResponse("The database is away"),
};

const createInvitation = createRoute({
  method: "post",
  path: "/api/v1/organisation/invitations",
  summary: "Invite somebody into the organisation",
  description: "Answers a link that is good for seven days, for one person, and shown this once. " +
    "No mail is sent: pass the link on. Another open invitation of the same address ends.",
  request: { body: { ...jsonContent(CreateInvitationRequest), required: true } },
  responses: {
    201: { description: "The invitation and its link", ...jsonContent(NewInvitationResponse) },
    ...refused,
    409: errorResponse("The address is a member's already"),
  },
});

const listInvitations = createRoute({
  method: "get",
  path: "/api/v1/organisation/invitations",
  summary: "List the organisation's invitations, the newest first",
  request: { query: z.object(pageQuery) },
  responses: {
    200: { description: "Invitations", ...jsonContent(InvitationListResponse) },
    ...refused,
  },
});

const revokeInvitation = createRoute({
  method: "delete",
  path: "/api/v1/organisation/invitations/{invitation_id}",
  summary: "Make an invitation good for nothing",
  request: { params: z.object({ invitation_id: z.string() }) },
  responses: {
    204: { description: "Good for nothing" },
    ...refused,
    404: errorResponse("No such invitation"),
    409: errorResponse("It has been accepted"),
  },
});

const showInvitation = createRoute({
  method: "get",
  path: "/api/v1/invitations/{token}",
  summary: "What the link of an invitation leads to, for whoever has it",
  request: {
    params: z.object({ token: z.string().openapi({ description: "What the link ends in" }) }),
  },
  responses: {
    200: { description: "The invitation", ...jsonContent(ShownInvitationResponse) },
    404: errorResponse("No such invitation"),
    429: errorResponse("Too many requests"),
    503: errorResponse("The database is away"),
  },
});

/** Adds the routes of invitations; accepting one is signing in (auth/). */
export function addInvitationRoutes(app: ApiApp, options: {
  invitations: InvitationStore;
  audit: AuditLog;
  /** Origin of the pages. */
  publicUrl: string;
}): void {
  const { invitations, audit, publicUrl } = options;
  app.openapi(createInvitation, async (context) => {
    const caller = requireScope(context.get("caller"), "organisation:write");
    const { email, role } = context.req.valid("json");
    if (role === "owner" && !isOwner(caller)) throw forbidden("only an owner makes owners");
    assertMayAppoint(caller, role);
    const { organisationId } = caller;
    const invitedBy = caller.kind === "user" ? caller.userId : null;
    const { invitation, token } = await invitations.create({
      organisationId,
      email,
      role,
      invitedBy,
    });
    await audit.record(auditEntryOf(context, {
      organisationId,
      action: "member.invited",
      target: `invitation:${invitation.invitationId}`,
      details: { email, role },
    }));
    const url = invitationUrl(publicUrl, token);
    return context.json({ ...writeInvitation(invitation), url }, 201);
  });
  app.openapi(listInvitations, async (context) => {
    const { organisationId } = requireScope(context.get("caller"), "organisation:read");
    const page = parsePage(context.req.valid("query"));
    const { items, nextCursor } = await invitations.list(organisationId, page);
    return context.json({ invitations: items.map(writeInvitation), next_cursor: nextCursor }, 200);
  });
  app.openapi(revokeInvitation, async (context) => {
    const { organisationId } = requireScope(context.get("caller"), "organisation:write");
    const { invitation_id } = context.req.valid("param");
    if (!isUuid(invitation_id)) throw notFound("no such invitation");
    const revoked = await invitations.revoke(organisationId, invitation_id);
    if (revoked) {
      await audit.record(auditEntryOf(context, {
        organisationId,
        action: "invitation.revoked",
        target: `invitation:${invitation_id.toLowerCase()}`,
      }));
    }
    return context.body(null, 204);
  });
  app.openapi(showInvitation, async (context) => {
    const { token } = context.req.valid("param");
    const invitation = SECRET_TOKEN.test(token) ? await invitations.findByToken(token) : undefined;
    if (invitation === undefined) throw notFound("no such invitation");
    return context.json(writeShownInvitation(invitation), 200);
  });
}

function isOwner(caller: IdentifiedCaller): boolean {
  return caller.kind === "user" && caller.role === "owner";
}
