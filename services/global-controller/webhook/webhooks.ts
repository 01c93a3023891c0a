import type { Database } from "../../../db/connection.ts";
import type { Logger } from "../../runtime/log.ts";
import type { AuditLog } from "../audit/audit_log.ts";
import type { SealingKey } from "../auth/sealed_key.ts";
import type { RouteGroup } from "../rest/api_environment.ts";
import { addDeliveryRoutes } from "./delivery_routes.ts";
import { createDeliverySender } from "./delivery_sender.ts";
import { DeliveryWorker } from "./delivery_worker.ts";
import { addEndpointRoutes } from "./endpoint_routes.ts";
import type { EventPublisher } from "./event_publisher.ts";
import { PostgresDeliveryLog } from "./postgres_delivery_log.ts";
import { PostgresDeliveryQueue } from "./postgres_delivery_queue.ts";
import { PostgresEndpointStore } from "./postgres_endpoint_store.ts";
import { PostgresEventPublisher } from "./postgres_event_publisher.ts";
import type { SafeFetchOptions } from "./safe_fetch.ts";
import { WebhookService } from "./webhook_service.ts";

/** What an operator, or a test, decides about webhooks. */
export interface WebhookSettings extends SafeFetchOptions {
  /** Seals the endpoints' secrets: `SealingKey.derive(signingKey, WEBHOOK_SEALING_LABEL)`. */
  readonly sealing: SealingKey;
}

/** The label of the key that seals the endpoints' secrets. */
export const WEBHOOK_SEALING_LABEL = "webhook secrets";

/** Webhooks put together. */
export interface Webhooks {
  readonly events: EventPublisher;
  /** Idle until somebody lets it run. */
  readonly deliveries: DeliveryWorker;
  readonly routes: readonly RouteGroup[];
}

/** Puts the parts of webhooks together over one database. */
export function composeWebhooks(
  { sql, audit, settings, log }: {
    sql: Database;
    audit: AuditLog;
    settings: WebhookSettings;
    log: Logger;
  },
): Webhooks {
  const queue = new PostgresDeliveryQueue(sql);
  const send = createDeliverySender(settings.sealing, settings);
  const worker = new DeliveryWorker({ queue, send, log });
  const service = new WebhookService({
    endpoints: new PostgresEndpointStore(sql),
    log: new PostgresDeliveryLog(sql),
    queue,
    worker,
    sealing: settings.sealing,
    allowPrivate: settings.allowPrivate,
  });
  return {
    events: new PostgresEventPublisher(sql, () => worker.nudge()),
    deliveries: worker,
    routes: [
      (app) => addEndpointRoutes(app, { service, audit }),
      (app) => addDeliveryRoutes(app, service),
    ],
  };
}
