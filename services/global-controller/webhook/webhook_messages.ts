import { z } from "@hono/zod-openapi";
import { nextCursor } from "../rest/cursor.ts";
import { text } from "../rest/text.ts";
import { type Delivery, DELIVERY_STATUSES, FAILURES } from "./delivery.ts";
import { EVENT_TYPES, TEST_EVENT_TYPE } from "./event_type.ts";
import { DISABLED_REASONS, type WebhookEndpoint, type WebhookEvent } from "./webhook_endpoint.ts";
import { MAX_URL_LENGTH } from "./webhook_url.ts";

const MAX_DESCRIPTION_LENGTH = 200;
const DAY_S = 86_400;
/** How long the secret before may go on signing, at most. */
const MAX_PREVIOUS_SECRET_S = 7 * DAY_S;

const url = text(MAX_URL_LENGTH).min(1).openapi({
  example: "https://example.com/dark-tower",
  description: "https, port 443 or 1024 and above, at public addresses",
});
const description = text(MAX_DESCRIPTION_LENGTH);
const eventTypes = z.array(z.enum(EVENT_TYPES)).max(EVENT_TYPES.length)
  .refine((types) => new Set(types).size === types.length, "has one twice")
  .openapi({ description: "Those to send; empty: all", example: ["meeting.ended"] });
const disabled = z.boolean();

export const CreateEndpointRequest = z.object({
  url,
  description: description.optional(),
  event_types: eventTypes.optional(),
  disabled: disabled.optional(),
}).openapi("CreateWebhookEndpointRequest");

export const UpdateEndpointRequest = z.object({
  url: url.optional(),
  description: description.optional(),
  event_types: eventTypes.optional(),
  disabled: disabled.optional().openapi({
    description: "true ends the deliveries that wait; false forgets past failures",
  }),
}).openapi("UpdateWebhookEndpointRequest");

export const EndpointResponse = z.object({
  endpoint_id: z.uuid(),
  url: z.string(),
  description: z.string(),
  event_types: z.array(z.enum(EVENT_TYPES)),
  disabled: z.boolean(),
  disabled_reason: z.enum(DISABLED_REASONS).nullable().openapi({
    description: "owner: by the organisation; gone: it answered 410; failing: for five days",
  }),
  disabled_at: z.string().nullable(),
  failing_since: z.string().nullable(),
  version: z.number().int(),
  created_at: z.string(),
  updated_at: z.string(),
}).openapi("WebhookEndpoint");

const secret = z.string().openapi({
  description: "Shown this once; the key is the base64 after whsec_",
  example: "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
});

export const NewEndpointResponse = EndpointResponse.extend({ secret })
  .openapi("NewWebhookEndpoint");

export const EndpointListResponse = z.object({
  webhook_endpoints: z.array(EndpointResponse),
  next_cursor: nextCursor,
}).openapi("WebhookEndpointList");

export const RotateSecretRequest = z.object({
  expires_in: z.number().int().min(0).max(MAX_PREVIOUS_SECRET_S).optional().openapi({
    description: "How long the secret before goes on signing too, seconds",
    default: DAY_S,
  }),
}).openapi("RotateWebhookSecretRequest");
export const DEFAULT_PREVIOUS_SECRET_S = DAY_S;

export const RotateSecretResponse = z.object({
  secret,
  previous_expires_at: z.string(),
}).openapi("RotatedWebhookSecret");

export const DeliveryResponse = z.object({
  delivery_id: z.uuid(),
  endpoint_id: z.uuid(),
  event_id: z.uuid(),
  event_type: z.string(),
  status: z.enum(DELIVERY_STATUSES),
  attempts: z.array(z.object({
    attempt: z.number().int(),
    attempted_at: z.string(),
    duration_ms: z.number().int(),
    response_status: z.number().int().nullable(),
    failure: z.enum(FAILURES).nullable(),
  })),
  next_attempt_at: z.string().nullable().openapi({
    description: "null when nothing more is tried, and while an attempt is underway",
  }),
  created_at: z.string(),
}).openapi("WebhookDelivery");

export const DeliveryListResponse = z.object({
  webhook_deliveries: z.array(DeliveryResponse),
  next_cursor: nextCursor,
}).openapi("WebhookDeliveryList");

export const EventResponse = z.object({
  event_id: z.uuid().openapi({ description: "The header webhook-id of each delivery" }),
  type: z.string(),
  timestamp: z.string(),
  data: z.record(z.string(), z.unknown()),
}).openapi("WebhookEvent");

export const EventDetailsResponse = EventResponse.extend({
  deliveries: z.array(DeliveryResponse),
}).openapi("WebhookEventDetails");

export const EventListResponse = z.object({
  webhook_events: z.array(EventResponse),
  next_cursor: nextCursor,
}).openapi("WebhookEventList");

export const eventTypeQuery = z.enum([...EVENT_TYPES, TEST_EVENT_TYPE]).optional();
export const deliveryStatusQuery = z.enum(DELIVERY_STATUSES).optional();

/** An endpoint as the API shows it. */
export function writeEndpoint(endpoint: WebhookEndpoint) {
  return {
    endpoint_id: endpoint.endpointId,
    url: endpoint.url,
    description: endpoint.description,
    event_types: [...endpoint.eventTypes],
    disabled: endpoint.disabledAt !== null,
    disabled_reason: endpoint.disabledReason,
    disabled_at: endpoint.disabledAt?.toISOString() ?? null,
    failing_since: endpoint.failingSince?.toISOString() ?? null,
    version: endpoint.version,
    created_at: endpoint.createdAt.toISOString(),
    updated_at: endpoint.updatedAt.toISOString(),
  };
}

/** A delivery as the API shows it. */
export function writeDelivery(delivery: Delivery) {
  return {
    delivery_id: delivery.deliveryId,
    endpoint_id: delivery.endpointId,
    event_id: delivery.eventId,
    event_type: delivery.eventType,
    status: delivery.status,
    attempts: delivery.attempts.map((attempt) => ({
      attempt: attempt.attempt,
      attempted_at: attempt.attemptedAt.toISOString(),
      duration_ms: attempt.durationMs,
      response_status: attempt.responseStatus,
      failure: attempt.failure,
    })),
    next_attempt_at: delivery.nextAttemptAt?.toISOString() ?? null,
    created_at: delivery.createdAt.toISOString(),
  };
}

/** An event as the API shows it and as it is delivered. */
export function writeEvent({ eventId, type, createdAt, data }: WebhookEvent) {
  return {
    event_id: eventId,
    type,
    timestamp: createdAt.toISOString(),
    data: data as Record<string, unknown>,
  };
}
