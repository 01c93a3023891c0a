import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { createLogger } from "../../runtime/log.ts";
import type { AttemptOutcome } from "../webhook/delivery.ts";
import type { DeliverySender } from "../webhook/delivery_sender.ts";
import { DeliveryWorker } from "../webhook/delivery_worker.ts";
import type { EventType } from "../webhook/event_type.ts";
import { PostgresDeliveryQueue } from "../webhook/postgres_delivery_queue.ts";
import { PostgresEventPublisher } from "../webhook/postgres_event_publisher.ts";
import type { TestApi } from "./test_api.ts";
import type { ReceivedRequest } from "./test_receiver.ts";
import type { TestTenant } from "./test_tenant.ts";

/** The collection of endpoints. */
export const ENDPOINTS_PATH = "/api/v1/webhook-endpoints";
/** A URL for tests that send nothing. */
export const UNUSED_URL = "http://127.0.0.1:9/";

export const SUCCESS: AttemptOutcome = { durationMs: 1, responseStatus: 200, failure: null };
export const REFUSAL: AttemptOutcome = {
  durationMs: 1,
  responseStatus: 500,
  failure: "unsuccessful_status",
};

/** One organisation's webhooks. */
export class TestWebhooks {
  constructor(readonly api: TestApi, readonly tenant: TestTenant) {}

  /** Creates an endpoint at `url`. */
  async subscribe(url = UNUSED_URL, body: Record<string, unknown> = {}) {
    const as = this.tenant.admin;
    const response = await this.api.request("POST", ENDPOINTS_PATH, { as, body: { url, ...body } });
    assert.equal(response.status, 201, await response.clone().text());
    const { endpoint_id, secret } = await response.json();
    return {
      path: `${ENDPOINTS_PATH}/${endpoint_id}`,
      endpointId: String(endpoint_id),
      secret: String(secret),
    };
  }

  async publish(type: EventType, data: Record<string, string | number> = {}): Promise<void> {
    const { organisationId } = this.tenant;
    await new PostgresEventPublisher(this.api.sql).publish({ organisationId, type, data });
  }

  /** The JSON at `path`, as the administrator sees it. */
  async get(path: string) {
    return await (await this.api.request("GET", path, { as: this.tenant.admin })).json();
  }

  async deliveries(path: string) {
    return (await this.get(`${path}/deliveries`)).webhook_deliveries;
  }

  redeliver(deliveryId: string, as = this.tenant.admin): Promise<Response> {
    return this.api.request("POST", `/api/v1/webhook-deliveries/${deliveryId}/redeliver`, { as });
  }

  /** Makes every delivery that waits due now. */
  async makeDue(): Promise<void> {
    await this.api.sql`UPDATE webhook_deliveries SET next_attempt_at = now()
      WHERE next_attempt_at IS NOT NULL`;
  }

  /** A worker beside the API's own, which sends by `send`. */
  worker(send: DeliverySender): DeliveryWorker {
    const queue = new PostgresDeliveryQueue(this.api.sql);
    return new DeliveryWorker({ queue, send, log: createLogger("test"), random: () => 0 });
  }
}

/** Whether one of the signatures of a request is made with `secret`. */
export function isSignedWith(secret: string, { headers, body }: ReceivedRequest): boolean {
  const content = `${headers.get("webhook-id")}.${headers.get("webhook-timestamp")}.${body}`;
  const key = Uint8Array.fromBase64(secret.slice("whsec_".length));
  const signature = createHmac("sha256", key).update(content).digest("base64");
  return headers.get("webhook-signature")!.split(" ").includes(`v1,${signature}`);
}
