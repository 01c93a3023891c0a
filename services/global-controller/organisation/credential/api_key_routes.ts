import { createRoute, z } from "@hono/zod-openapi";
import type { AuditLog } from "../../audit/audit_log.ts";
import { auditEntryOf } from "../../audit/request_audit.ts";
import { requireScope } from "../../auth/caller.ts";
import type { ApiApp } from "../../rest/api_environment.ts";
import { invalidRequest, notFound } from "../../rest/api_error.ts";
import { pageQuery, parsePage } from "../../rest/cursor.ts";
import { errorResponse, jsonContent } from "../../rest/openapi.ts";
import { isUuid } from "../../rest/uuid.ts";
import {
  ApiKeyListResponse,
  CreateApiKeyRequest,
  NewApiKeyResponse,
  writeApiKey,
} from "./api_key_messages.ts";
import type { ApiKeyStore } from "./api_key_store.ts";
import { assertMayGrant } from "./granted_scopes.ts";

const refused = {
  400: errorResponse("Malformed request"),
  401: errorResponse("No access token or API key"),
  403: errorResponse("The scope is missing, or one that is to be granted, or there are too many"),
  429: errorResponse("Too many requests"),
  503: errorResponse("The database is away"),
};

const createApiKey = createRoute({
  method: "post",
  path: "/api/v1/organisation/api-keys",
  summary: "Make an API key; its text is shown this once",
  request: { body: { ...jsonContent(CreateApiKeyRequest), required: true } },
  responses: {
    201: { description: "The key", ...jsonContent(NewApiKeyResponse) },
    ...refused,
  },
});

const listApiKeys = createRoute({
  method: "get",
  path: "/api/v1/organisation/api-keys",
  summary: "List the organisation's API keys that are not revoked, the newest first",
  request: { query: z.object(pageQuery) },
  responses: { 200: { description: "Keys", ...jsonContent(ApiKeyListResponse) }, ...refused },
});

const revokeApiKey = createRoute({
  method: "delete",
  path: "/api/v1/organisation/api-keys/{key_id}",
  summary: "Revoke an API key; it is refused within five seconds",
  request: { params: z.object({ key_id: z.string() }) },
  responses: {
    204: { description: "Revoked" },
    ...refused,
    404: errorResponse("No such API key"),
  },
});

/** Adds the routes under `/api/v1/organisation/api-keys`. */
export function addApiKeyRoutes(app: ApiApp, options: {
  apiKeys: ApiKeyStore;
  audit: AuditLog;
  now?: () => number;
}): void {
  const { apiKeys, audit, now = Date.now } = options;
  app.openapi(createApiKey, async (context) => {
    const caller = requireScope(context.get("caller"), "credentials:write");
    const { name, scopes, expires_at } = context.req.valid("json");
    assertMayGrant(caller, scopes);
    const expiresAt = expires_at ? new Date(expires_at) : undefined;
    if (expiresAt && expiresAt.getTime() <= now()) throw invalidRequest("expires_at is over");
    const { organisationId } = caller;
    const createdBy = caller.kind === "user" ? caller.userId : null;
    const { key, text } = await apiKeys.create({
      organisationId,
      name,
      scopes,
      expiresAt,
      createdBy,
    });
    await audit.record(auditEntryOf(context, {
      organisationId,
      action: "api_key.created",
      target: `api_key:${key.keyId}`,
      details: { name, scopes, expires_at: expiresAt?.toISOString() ?? null },
    }));
    return context.json({ ...writeApiKey(key), key: text }, 201);
  });
  app.openapi(listApiKeys, async (context) => {
    const { organisationId } = requireScope(context.get("caller"), "credentials:read");
    const page = parsePage(context.req.valid("query"));
    const { items, nextCursor } = await apiKeys.list(organisationId, page);
    return context.json({ api_keys: items.map(writeApiKey), next_cursor: nextCursor }, 200);
  });
  app.openapi(revokeApiKey, async (context) => {
    const { organisationId } = requireScope(context.get("caller"), "credentials:write");
    const { key_id } = context.req.valid("param");
    if (!isUuid(key_id)) throw notFound("no such API key");
    if (await apiKeys.revoke(organisationId, key_id)) {
      await audit.record(auditEntryOf(context, {
        organisationId,
        action: "api_key.revoked",
        target: `api_key:${key_id.toLowerCase()}`,
      }));
    }
    return context.body(null, 204);
  });
}
