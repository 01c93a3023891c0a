import { createRoute, z } from "@hono/zod-openapi";
import type { TypedResponse } from "hono";
import { requireScope } from "../auth/caller.ts";
import type { ApiApp } from "../rest/api_environment.ts";
import { parsePage } from "../rest/cursor.ts";
import { errorResponse, jsonContent } from "../rest/openapi.ts";
import type { AuditLog } from "./audit_log.ts";
import {
  AuditExportQuery,
  AuditListQuery,
  AuditListResponse,
  AuditVerdictResponse,
  writeAuditRow,
  writeVerdict,
} from "./audit_messages.ts";
import type { AuditService } from "./audit_service.ts";
import { auditEntryOf } from "./request_audit.ts";

const refused = {
  400: errorResponse("Malformed request"),
  401: errorResponse("No access token or API key"),
  403: errorResponse("The scope audit:read is missing"),
  429: errorResponse("Too many requests"),
  503: errorResponse("The database is away, or busy with other verifications or exports"),
};

const listAuditLog = createRoute({
  method: "get",
  path: "/api/v1/audit-log",
  summary: "List who did what in the organisation, the newest first",
  request: { query: AuditListQuery },
  responses: { 200: { description: "Rows", ...jsonContent(AuditListResponse) }, ...refused },
});

const exportAuditLog = createRoute({
  method: "get",
  path: "/api/v1/audit-log/export",
  operationId: "exportAuditLog",
  summary: "Export the organisation's audit log, the oldest row first",
  description:
    "One row a line, as the list shows them, with the hashes by which anyone can verify " +
    "the export: services/global-controller/verify_audit.ts --file does.",
  request: { query: AuditExportQuery },
  responses: {
    200: {
      description: "Newline-delimited JSON",
      content: { "application/x-ndjson": { schema: z.string() } },
    },
    ...refused,
  },
});

const verifyAuditLog = createRoute({
  method: "post",
  path: "/api/v1/audit-log/verify",
  operationId: "verifyAuditLog",
  summary: "Verify the chain of the organisation's audit log",
  responses: {
    200: { description: "What was found", ...jsonContent(AuditVerdictResponse) },
    ...refused,
  },
});

/** Adds the routes under `/api/v1/audit-log`. */
export function addAuditRoutes(app: ApiApp, { service, audit }: {
  service: AuditService;
  audit: AuditLog;
}): void {
  app.openapi(listAuditLog, async (context) => {
    const { organisationId } = requireScope(context.get("caller"), "audit:read");
    const { limit, cursor, ...filter } = context.req.valid("query");
    const page = parsePage({ limit, cursor }, "bigint");
    const { items, nextCursor } = await service.list(organisationId, filter, page);
    return context.json({ audit_log: items.map(writeAuditRow), next_cursor: nextCursor }, 200);
  });
  app.openapi(exportAuditLog, async (context) => {
    const { organisationId } = requireScope(context.get("caller"), "audit:read");
    const { from, to } = context.req.valid("query");
    // Told before the first row leaves: a reader who goes away halfway has read half of it.
    await audit.record(auditEntryOf(context, {
      organisationId,
      action: "audit.exported",
      target: `organisation:${organisationId}`,
      details: { from: from ?? null, to: to ?? null },
    }));
    const lines = await service.export(organisationId, { from, to });
    // Nobody would read it: it would keep its place until the deadline.
    const isHead = context.req.method === "HEAD";
    if (isHead) await lines.cancel();
    const answer = context.newResponse(isHead ? null : lines, 200, {
      "Content-Type": "application/x-ndjson",
      "Content-Disposition": 'attachment; filename="audit-log.ndjson"',
    });
    // The types of routes know texts and objects, not streams.
    return answer as Response & TypedResponse<never, never, "json">;
  });
  app.openapi(verifyAuditLog, async (context) => {
    const { organisationId } = requireScope(context.get("caller"), "audit:read");
    return context.json(writeVerdict(await service.verify(organisationId)), 200);
  });
}
