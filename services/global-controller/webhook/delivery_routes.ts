import { createRoute, z } from "@hono/zod-openapi";
import { requireScope } from "../auth/caller.ts";
import type { ApiApp } from "../rest/api_environment.ts";
import { pageQuery, parsePage } from "../rest/cursor.ts";
import { errorResponse, jsonContent } from "../rest/openapi.ts";
import { REFUSED } from "./webhook_answers.ts";
import {
  DeliveryListResponse,
  DeliveryResponse,
  deliveryStatusQuery,
  EventDetailsResponse,
  EventListResponse,
  eventTypeQuery,
  writeDelivery,
  writeEvent,
} from "./webhook_messages.ts";
import type { WebhookService } from "./webhook_service.ts";

const listDeliveries = createRoute({
  method: "get",
  path: "/api/v1/webhook-endpoints/{endpoint_id}/deliveries",
  summary: "List what was sent to a webhook endpoint, the newest first",
  request: {
    params: z.object({ endpoint_id: z.string() }),
    query: z.object({ ...pageQuery, status: deliveryStatusQuery }),
  },
  responses: {
    200: { description: "Deliveries", ...jsonContent(DeliveryListResponse) },
    ...REFUSED,
    404: errorResponse("No such webhook endpoint"),
  },
});

const redeliver = createRoute({
  method: "post",
  path: "/api/v1/webhook-deliveries/{delivery_id}/redeliver",
  summary: "Deliver an event once more, now, and with retries of its own",
  request: { params: z.object({ delivery_id: z.string() }) },
  responses: {
    202: { description: "It is due", ...jsonContent(DeliveryResponse) },
    ...REFUSED,
    404: errorResponse("No such delivery"),
    409: errorResponse("It is being attempted now, or its endpoint is disabled"),
  },
});

const listEvents = createRoute({
  method: "get",
  path: "/api/v1/webhook-events",
  summary: "List what happened in the organisation, the newest first",
  request: { query: z.object({ ...pageQuery, type: eventTypeQuery }) },
  responses: {
    200: { description: "Events", ...jsonContent(EventListResponse) },
    ...REFUSED,
  },
});

const getEvent = createRoute({
  method: "get",
  path: "/api/v1/webhook-events/{event_id}",
  summary: "Get an event and what became of it at each endpoint",
  request: { params: z.object({ event_id: z.string() }) },
  responses: {
    200: { description: "The event", ...jsonContent(EventDetailsResponse) },
    ...REFUSED,
    404: errorResponse("No such event"),
  },
});

/** Adds the routes of deliveries and events. */
export function addDeliveryRoutes(app: ApiApp, service: WebhookService): void {
  app.openapi(listDeliveries, async (context) => {
    const { organisationId } = requireScope(context.get("caller"), "webhooks:read");
    const { endpoint_id } = context.req.valid("param");
    const query = context.req.valid("query");
    const page = await service.deliveries(organisationId, endpoint_id, {
      page: parsePage(query),
      status: query.status,
    });
    return context.json({
      webhook_deliveries: page.items.map(writeDelivery),
      next_cursor: page.nextCursor,
    }, 200);
  });
  app.openapi(redeliver, async (context) => {
    const { organisationId } = requireScope(context.get("caller"), "webhooks:write");
    const { delivery_id } = context.req.valid("param");
    return context.json(writeDelivery(await service.redeliver(organisationId, delivery_id)), 202);
  });
  app.openapi(listEvents, async (context) => {
    const { organisationId } = requireScope(context.get("caller"), "webhooks:read");
    const query = context.req.valid("query");
    const page = await service.events(organisationId, {
      page: parsePage(query),
      type: query.type,
    });
    return context.json({
      webhook_events: page.items.map(writeEvent),
      next_cursor: page.nextCursor,
    }, 200);
  });
  app.openapi(getEvent, async (context) => {
    const { organisationId } = requireScope(context.get("caller"), "webhooks:read");
    const { event, deliveries } = await service.event(
      organisationId,
      context.req.valid("param").event_id,
    );
    return context.json({ ...writeEvent(event), deliveries: deliveries.map(writeDelivery) }, 200);
  });
}
