import { createRoute, z } from "@hono/zod-openapi";
import type { AuditLog } from "../../audit/audit_log.ts";
import { auditEntryOf } from "../../audit/request_audit.ts";
import { requireScope } from "../../auth/caller.ts";
import type { ApiApp } from "../../rest/api_environment.ts";
import { notFound } from "../../rest/api_error.ts";
import { pageQuery, parsePage } from "../../rest/cursor.ts";
import { errorResponse, jsonContent } from "../../rest/openapi.ts";
import type { ApiClientIssuing, IssuedApiClient } from "./api_client_issuing.ts";
import {
  ApiClientListResponse,
  CreateApiClientRequest,
  NewApiClientSecretResponse,
  writeApiClient,
} from "./api_client_messages.ts";
import { assertMayGrant } from "./granted_scopes.ts";
import type { ManagedApiClientStore } from "./managed_api_client_store.ts";

/** Longest client id, the operator's own choice included. */
const MAX_CLIENT_ID_LENGTH = 200;

const clientPath = z.object({ client_id: z.string() });
const refused = {
  400: errorResponse("Malformed request"),
  401: errorResponse("No access token or API key"),
  403: errorResponse("The scope is missing, or one that is to be granted, or there are too many"),
  429: errorResponse("Too many requests"),
  503: errorResponse("The database is away, or too many secrets are to be hashed"),
};
const notFoundOrRefused = { ...refused, 404: errorResponse("No such API client") };

const createApiClient = createRoute({
  method: "post",
  path: "/api/v1/organisation/api-clients",
  summary: "Make an API client; its secret is shown this once",
  request: { body: { ...jsonContent(CreateApiClientRequest), required: true } },
  responses: {
    201: { description: "The client", ...jsonContent(NewApiClientSecretResponse) },
    ...refused,
  },
});

const listApiClients = createRoute({
  method: "get",
  path: "/api/v1/organisation/api-clients",
  summary: "List the organisation's API clients that are not revoked, the newest first",
  request: { query: z.object(pageQuery) },
  responses: { 200: { description: "Clients", ...jsonContent(ApiClientListResponse) }, ...refused },
});

const rotateSecret = createRoute({
  method: "post",
  path: "/api/v1/organisation/api-clients/{client_id}/rotate-secret",
  summary: "Give an API client another secret, shown this once",
  description: "The secret before is refused at once. Whoever asks needs the client's own scopes.",
  request: { params: clientPath },
  responses: {
    200: { description: "The new secret", ...jsonContent(NewApiClientSecretResponse) },
    ...notFoundOrRefused,
  },
});

const revokeApiClient = createRoute({
  method: "delete",
  path: "/api/v1/organisation/api-clients/{client_id}",
  summary: "Revoke an API client; its access tokens are refused within five seconds",
  request: { params: clientPath },
  responses: { 204: { description: "Revoked" }, ...notFoundOrRefused },
});

/** Adds the routes under `/api/v1/organisation/api-clients`. */
export function addApiClientRoutes(app: ApiApp, options: {
  apiClients: ManagedApiClientStore;
  issuing: ApiClientIssuing;
  audit: AuditLog;
}): void {
  const { apiClients, issuing, audit } = options;
  app.openapi(createApiClient, async (context) => {
    const caller = requireScope(context.get("caller"), "credentials:write");
    const { organisationId } = caller;
    const { name, scopes } = context.req.valid("json");
    assertMayGrant(caller, scopes);
    const issued = await issuing.create({ organisationId, name, scopes });
    await audit.record(auditEntryOf(context, {
      organisationId,
      action: "api_client.created",
      target: `api_client:${issued.client.clientId}`,
      details: { name, scopes },
    }));
    return context.json(writeIssued(issued), 201);
  });
  app.openapi(listApiClients, async (context) => {
    const { organisationId } = requireScope(context.get("caller"), "credentials:read");
    const page = parsePage(context.req.valid("query"), "text");
    const { items, nextCursor } = await apiClients.list(organisationId, page);
    return context.json({ api_clients: items.map(writeApiClient), next_cursor: nextCursor }, 200);
  });
  app.openapi(rotateSecret, async (context) => {
    const caller = requireScope(context.get("caller"), "credentials:write");
    const { organisationId } = caller;
    const clientId = existingId(context.req.valid("param").client_id);
    const client = await apiClients.find(organisationId, clientId);
    if (client === undefined) throw notFound("no such API client");
    assertMayGrant(caller, client.scopes);
    const issued = await issuing.rotateSecret(organisationId, client);
    await audit.record(auditEntryOf(context, {
      organisationId,
      action: "api_client.secret_rotated",
      target: `api_client:${clientId}`,
    }));
    return context.json(writeIssued(issued), 200);
  });
  app.openapi(revokeApiClient, async (context) => {
    const { organisationId } = requireScope(context.get("caller"), "credentials:write");
    const clientId = existingId(context.req.valid("param").client_id);
    if (await apiClients.revoke(organisationId, clientId)) {
      await audit.record(auditEntryOf(context, {
        organisationId,
        action: "api_client.revoked",
        target: `api_client:${clientId}`,
      }));
    }
    return context.body(null, 204);
  });
}

function writeIssued({ client, secret }: IssuedApiClient) {
  return { ...writeApiClient(client), client_secret: secret };
}

function existingId(id: string): string {
  if (id.length > MAX_CLIENT_ID_LENGTH || !id.isWellFormed() || id.includes("\0")) {
    throw notFound("no such API client");
  }
  return id;
}
