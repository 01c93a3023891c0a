import { createRoute, z } from "@hono/zod-openapi";
import type { AuditLog } from "../audit/audit_log.ts";
import { auditEntryOf } from "../audit/request_audit.ts";
import { requireScope } from "../auth/caller.ts";
import type { ApiApp } from "../rest/api_environment.ts";
import { pageQuery, parsePage } from "../rest/cursor.ts";
import { readIfMatch, writeEtag } from "../rest/etag.ts";
import { errorResponse, jsonContent } from "../rest/openapi.ts";
import {
  CreateEndpointRequest,
  DEFAULT_PREVIOUS_SECRET_S,
  DeliveryResponse,
  EndpointListResponse,
  EndpointResponse,
  NewEndpointResponse,
  RotateSecretRequest,
  RotateSecretResponse,
  UpdateEndpointRequest,
  writeDelivery,
  writeEndpoint,
} from "./webhook_messages.ts";
import { REFUSED } from "./webhook_answers.ts";
import type { WebhookService } from "./webhook_service.ts";

const COLLECTION = "/api/v1/webhook-endpoints";
const RESOURCE = `${COLLECTION}/{endpoint_id}` as const;
const params = z.object({ endpoint_id: z.string() });
const missing = { 404: errorResponse("No such webhook endpoint") };

const createEndpoint = createRoute({
  method: "post",
  path: COLLECTION,
  summary: "Be told of events at a URL (Standard Webhooks)",
  request: { body: { ...jsonContent(CreateEndpointRequest), required: true } },
  responses: {
    201: {
      description: "The endpoint, and its secret that is shown this once",
      ...jsonContent(NewEndpointResponse),
    },
    ...REFUSED,
    403: errorResponse("The scope is missing, or there are as many endpoints as may be"),
  },
});

const listEndpoints = createRoute({
  method: "get",
  path: COLLECTION,
  summary: "List the organisation's webhook endpoints, the newest first",
  request: { query: z.object(pageQuery) },
  responses: {
    200: { description: "Endpoints", ...jsonContent(EndpointListResponse) },
    ...REFUSED,
  },
});

const getEndpoint = createRoute({
  method: "get",
  path: RESOURCE,
  summary: "Get a webhook endpoint",
  request: { params },
  responses: {
    200: { description: "The endpoint", ...jsonContent(EndpointResponse) },
    ...REFUSED,
    ...missing,
  },
});

const updateEndpoint = createRoute({
  method: "patch",
  path: RESOURCE,
  summary: "Change a webhook endpoint",
  request: { params, body: { ...jsonContent(UpdateEndpointRequest), required: true } },
  responses: {
    200: { description: "The endpoint as it is now", ...jsonContent(EndpointResponse) },
    ...REFUSED,
    ...missing,
    412: errorResponse("It has changed since the version in If-Match"),
  },
});

const deleteEndpoint = createRoute({
  method: "delete",
  path: RESOURCE,
  summary: "Delete a webhook endpoint with its deliveries",
  request: { params },
  responses: { 204: { description: "It is gone" }, ...REFUSED, ...missing },
});

const rotateSecret = createRoute({
  method: "post",
  path: `${RESOURCE}/rotate-secret`,
  summary: "Get a new secret; the one before signs too for a while",
  request: { params, body: jsonContent(RotateSecretRequest) },
  responses: {
    200: { description: "The secret, shown this once", ...jsonContent(RotateSecretResponse) },
    ...REFUSED,
    ...missing,
  },
});

const testEndpoint = createRoute({
  method: "post",
  path: `${RESOURCE}/test`,
  summary: "Send the event webhook.test now, once, and tell what came of it",
  request: { params },
  responses: {
    200: { description: "The delivery with its attempt", ...jsonContent(DeliveryResponse) },
    ...REFUSED,
    ...missing,
  },
});

/** Adds the routes under `/api/v1/webhook-endpoints`. */
export function addEndpointRoutes(
  app: ApiApp,
  { service, audit }: { service: WebhookService; audit: AuditLog },
): void {
  app.openapi(createEndpoint, async (context) => {
    const { organisationId } = requireScope(context.get("caller"), "webhooks:write");
    const body = context.req.valid("json");
    const { endpoint, secret } = await service.create(organisationId, {
      url: body.url,
      description: body.description ?? "",
      eventTypes: body.event_types ?? [],
      disabled: body.disabled ?? false,
    });
    await audit.record(auditEntryOf(context, {
      organisationId,
      action: "webhook_endpoint.created",
      target: `webhook_endpoint:${endpoint.endpointId}`,
      details: { host: new URL(endpoint.url).host },
    }));
    writeEtag(context, endpoint.version);
    return context.json({ ...writeEndpoint(endpoint), secret }, 201);
  });
  app.openapi(listEndpoints, async (context) => {
    const { organisationId } = requireScope(context.get("caller"), "webhooks:read");
    const page = await service.list(organisationId, parsePage(context.req.valid("query")));
    return context.json({
      webhook_endpoints: page.items.map(writeEndpoint),
      next_cursor: page.nextCursor,
    }, 200);
  });
  app.openapi(getEndpoint, async (context) => {
    const { organisationId } = requireScope(context.get("caller"), "webhooks:read");
    const endpoint = await service.get(organisationId, context.req.valid("param").endpoint_id);
    writeEtag(context, endpoint.version);
    return context.json(writeEndpoint(endpoint), 200);
  });
  app.openapi(updateEndpoint, async (context) => {
    const { organisationId } = requireScope(context.get("caller"), "webhooks:write");
    const { endpoint_id } = context.req.valid("param");
    const body = context.req.valid("json");
    const changes = {
      url: body.url,
      description: body.description,
      eventTypes: body.event_types,
      disabled: body.disabled,
    };
    const version = readIfMatch(context);
    const endpoint = await service.update(organisationId, endpoint_id, changes, version);
    await audit.record(auditEntryOf(context, {
      organisationId,
      action: "webhook_endpoint.updated",
      target: `webhook_endpoint:${endpoint.endpointId}`,
      details: { fields: Object.keys(body) },
    }));
    writeEtag(context, endpoint.version);
    return context.json(writeEndpoint(endpoint), 200);
  });
  app.openapi(deleteEndpoint, async (context) => {
    const { organisationId } = requireScope(context.get("caller"), "webhooks:write");
    const { endpoint_id } = context.req.valid("param");
    await service.delete(organisationId, endpoint_id);
    await audit.record(auditEntryOf(context, {
      organisationId,
      action: "webhook_endpoint.deleted",
      target: `webhook_endpoint:${endpoint_id.toLowerCase()}`,
    }));
    return context.body(null, 204);
  });
  app.openapi(rotateSecret, async (context) => {
    const { organisationId } = requireScope(context.get("caller"), "webhooks:write");
    const { endpoint_id } = context.req.valid("param");
    const { expires_in = DEFAULT_PREVIOUS_SECRET_S } = context.req.valid("json");
    const rotated = await service.rotateSecret(organisationId, endpoint_id, expires_in);
    await audit.record(auditEntryOf(context, {
      organisationId,
      action: "webhook_endpoint.secret_rotated",
      target: `webhook_endpoint:${endpoint_id.toLowerCase()}`,
      details: { expires_in },
    }));
    const previous_expires_at = rotated.previousExpiresAt.toISOString();
    return context.json({ secret: rotated.secret, previous_expires_at }, 200);
  });
  app.openapi(testEndpoint, async (context) => {
    const { organisationId } = requireScope(context.get("caller"), "webhooks:write");
    const { endpoint_id } = context.req.valid("param");
    return context.json(writeDelivery(await service.test(organisationId, endpoint_id)), 200);
  });
}
