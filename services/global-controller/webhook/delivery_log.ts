import type { Page } from "../rest/cursor.ts";
import type { Delivery, DeliveryStatus } from "./delivery.ts";
import type { Placed } from "./endpoint_store.ts";
import type { WebhookEvent } from "./webhook_endpoint.ts";

/** What asking for a delivery once more comes to. */
export type RedeliveryAnswer =
  | "queued"
  /** It is being attempted at this moment. */
  | "underway"
  | "endpoint_disabled";

/** What was published, and what became of it. Another organisation's is not there. */
export interface DeliveryLog {
  /** The newest first, one more than `page.limit` if there are. */
  listDeliveries(
    endpointId: string,
    query: { readonly page: Page; readonly status: DeliveryStatus | undefined },
  ): Promise<Placed<Delivery>[]>;
  findDelivery(organisationId: string, deliveryId: string): Promise<Delivery | undefined>;
  /**
   * Makes a delivery due now, whatever became of it, with a series of attempts of its own.
   *
   * @returns undefined when there is no such delivery.
   */
  redeliver(organisationId: string, deliveryId: string): Promise<RedeliveryAnswer | undefined>;
  /** The newest first, one more than `page.limit` if there are. */
  listEvents(
    organisationId: string,
    query: { readonly page: Page; readonly type: string | undefined },
  ): Promise<Placed<WebhookEvent>[]>;
  /** An event with its deliveries, one for each endpoint, the newest first. */
  findEvent(
    organisationId: string,
    eventId: string,
  ): Promise<{ event: WebhookEvent; deliveries: Delivery[] } | undefined>;
}
