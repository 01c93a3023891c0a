import { createRoute, z } from "@hono/zod-openapi";
import type { AuditLog } from "../audit/audit_log.ts";
import { auditEntryOf } from "../audit/request_audit.ts";
import { JoinResponse, writeJoining } from "../meeting/join/join_messages.ts";
import type { ApiApp } from "../rest/api_environment.ts";
import { pageQuery, parsePage } from "../rest/cursor.ts";
import { errorResponse, jsonContent } from "../rest/openapi.ts";
import type { EventPublisher } from "../webhook/event_publisher.ts";
import {
  IssueJoinTokenRequest,
  JoinTokenListResponse,
  writeJoinToken,
} from "./join_token_messages.ts";
import type { JoinTokenService } from "./join_token_service.ts";
import { meetingPath, refusedToOthers } from "../meeting/meeting_path.ts";

const notConfirmed = errorResponse("The meeting controller has not confirmed it: call again");

const issueToken = createRoute({
  method: "post",
  path: "/api/v1/meetings/{meeting}/tokens",
  summary: "Get a join token for somebody whom the caller vouches for",
  description: "For backends that admit their own users: neither passcode nor account is needed.",
  request: { params: meetingPath, body: jsonContent(IssueJoinTokenRequest) },
  responses: {
    201: { description: "A single-use token and where to go", ...jsonContent(JoinResponse) },
    ...refusedToOthers,
    403: errorResponse("The scope is missing, another member's meeting, or MEETING_LOCKED"),
    410: errorResponse("The meeting has ended"),
    503: errorResponse("No meeting controller is available"),
  },
});

const listTokens = createRoute({
  method: "get",
  path: "/api/v1/meetings/{meeting}/tokens",
  summary: "List the join tokens that were given out for a meeting, the newest first",
  request: { params: meetingPath, query: z.object(pageQuery) },
  responses: {
    200: { description: "Tokens", ...jsonContent(JoinTokenListResponse) },
    ...refusedToOthers,
    503: errorResponse("The database is away"),
  },
});

const revokeToken = createRoute({
  method: "delete",
  path: "/api/v1/meetings/{meeting}/tokens/{token_id}",
  operationId: "revokeMeetingToken",
  summary: "Take a join token back: it lets nobody in, and who came in with it is disconnected",
  request: { params: meetingPath.extend({ token_id: z.string() }) },
  responses: {
    204: { description: "Revoked, and confirmed by the meeting controller" },
    ...refusedToOthers,
    404: errorResponse("No such meeting or token"),
    503: notConfirmed,
  },
});

const ejectParticipant = createRoute({
  method: "delete",
  path: "/api/v1/meetings/{meeting}/participants/{participant_id}",
  operationId: "ejectParticipant",
  summary: "Disconnect a participant now; none of the participant's join tokens is good any more",
  request: { params: meetingPath.extend({ participant_id: z.string() }) },
  responses: {
    204: { description: "Gone, and confirmed by the meeting controller" },
    ...refusedToOthers,
    404: errorResponse("No such meeting or participant"),
    503: notConfirmed,
  },
});

/** Adds the routes by which backends let people in, and by which people are put out. */
export function addJoinTokenRoutes(app: ApiApp, { tokens, audit, events }: {
  tokens: JoinTokenService;
  audit: AuditLog;
  events: EventPublisher;
}): void {
  app.openapi(issueToken, async (context) => {
    const body = context.req.valid("json");
    const joining = await tokens.issue(
      context.get("caller"),
      context.req.valid("param").meeting,
      {
        role: body.role ?? "participant",
        grants: body.grants,
        participantName: body.participant_name?.trim(),
        lifetimeS: body.expires_in,
        userReference: body.user_reference,
      },
    );
    return context.json(writeJoining(joining), 201);
  });
  app.openapi(listTokens, async (context) => {
    const { items, nextCursor } = await tokens.list(
      context.get("caller"),
      context.req.valid("param").meeting,
      parsePage(context.req.valid("query")),
    );
    return context.json({ tokens: items.map(writeJoinToken), next_cursor: nextCursor }, 200);
  });
  app.openapi(revokeToken, async (context) => {
    const { meeting: name, token_id: tokenId } = context.req.valid("param");
    const { meetingId, owner } = await tokens.revoke(context.get("caller"), name, tokenId);
    await audit.record(auditEntryOf(context, {
      organisationId: owner.organisationId,
      action: "join_token.revoked",
      target: `join_token:${tokenId}`,
      details: { meeting_id: meetingId },
    }));
    return context.body(null, 204);
  });
  app.openapi(ejectParticipant, async (context) => {
    const { meeting: name, participant_id: participantId } = context.req.valid("param");
    const { meeting, ejectedNow } = await tokens.eject(context.get("caller"), name, participantId);
    if (ejectedNow) {
      const { organisationId } = meeting.owner;
      const data = { meeting_id: meeting.meetingId, participant_id: participantId };
      await audit.record(auditEntryOf(context, {
        organisationId,
        action: "participant.ejected",
        target: `participant:${participantId}`,
        details: { meeting_id: meeting.meetingId },
      }));
      await events.publish({ organisationId, type: "participant.ejected", data });
    }
    return context.body(null, 204);
  });
}
