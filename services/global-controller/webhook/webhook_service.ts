import type { SealingKey } from "../auth/sealed_key.ts";
import { ApiError, invalidRequest, notFound, unavailable } from "../rest/api_error.ts";
import { type Page, pageOf } from "../rest/cursor.ts";
import { preconditionFailed } from "../rest/etag.ts";
import { isUuid } from "../rest/uuid.ts";
import type { Delivery, DeliveryStatus } from "./delivery.ts";
import type { DeliveryLog } from "./delivery_log.ts";
import type { DeliveryQueue } from "./delivery_queue.ts";
import type { DeliveryWorker } from "./delivery_worker.ts";
import type { EndpointStore, Placed } from "./endpoint_store.ts";
import { createSecret } from "./signature.ts";
import { type EndpointSettings, MAX_ENDPOINTS, type WebhookEndpoint } from "./webhook_endpoint.ts";
import { parseWebhookUrl, WebhookUrlError } from "./webhook_url.ts";

/** Test deliveries that one process makes at once. */
export const MAX_CONCURRENT_TESTS = 16;

/** What the routes of webhooks do. All methods throw {@link ApiError}. */
export class WebhookService {
  readonly #endpoints: EndpointStore;
  readonly #log: DeliveryLog;
  readonly #queue: DeliveryQueue;
  readonly #worker: DeliveryWorker;
  readonly #sealing: SealingKey;
  readonly #allowPrivate: boolean;
  #tests = 0;

  constructor(options: {
    endpoints: EndpointStore;
    log: DeliveryLog;
    queue: DeliveryQueue;
    worker: DeliveryWorker;
    sealing: SealingKey;
    /** For development and tests: private addresses and http too. */
    allowPrivate: boolean;
  }) {
    this.#endpoints = options.endpoints;
    this.#log = options.log;
    this.#queue = options.queue;
    this.#worker = options.worker;
    this.#sealing = options.sealing;
    this.#allowPrivate = options.allowPrivate;
  }

  /** An endpoint, and its secret that is told this once. */
  async create(
    organisationId: string,
    settings: EndpointSettings,
  ): Promise<{ endpoint: WebhookEndpoint; secret: string }> {
    const url = this.#checkedUrl(settings.url);
    const endpointId = crypto.randomUUID();
    const secret = createSecret();
    const endpoint = await this.#endpoints.create(
      organisationId,
      endpointId,
      { ...settings, url },
      await this.#sealing.seal(secret, endpointId),
    );
    if (endpoint === undefined) {
      throw new ApiError(403, "QUOTA_EXCEEDED", "there are as many webhook endpoints as may be", {
        details: { quota: "webhook_endpoints", limit: MAX_ENDPOINTS },
      });
    }
    return { endpoint, secret };
  }

  async get(organisationId: string, endpointId: string): Promise<WebhookEndpoint> {
    const endpoint = isUuid(endpointId)
      ? await this.#endpoints.find(organisationId, endpointId)
      : undefined;
    if (endpoint === undefined) throw notFound("there is no such webhook endpoint");
    return endpoint;
  }

  async list(organisationId: string, page: Page) {
    return placedPage(await this.#endpoints.list(organisationId, page), page);
  }

  /** @param version the one that the caller means to change; any when undefined. */
  async update(
    organisationId: string,
    endpointId: string,
    changes: Partial<EndpointSettings>,
    version: number | undefined,
  ): Promise<WebhookEndpoint> {
    const { endpointId: id } = await this.get(organisationId, endpointId);
    const url = changes.url === undefined ? undefined : this.#checkedUrl(changes.url);
    const updated = await this.#endpoints.update(organisationId, id, { ...changes, url }, version);
    if (updated !== undefined) return updated;
    await this.get(organisationId, id);
    throw preconditionFailed();
  }

  async delete(organisationId: string, endpointId: string): Promise<void> {
    const deleted = isUuid(endpointId) && await this.#endpoints.delete(organisationId, endpointId);
    if (!deleted) throw notFound("there is no such webhook endpoint");
  }

  /** A new secret, told this once; the one before it signs too until it ends. */
  async rotateSecret(
    organisationId: string,
    endpointId: string,
    previousExpiresInS: number,
  ): Promise<{ secret: string; previousExpiresAt: Date }> {
    const { endpointId: id } = await this.get(organisationId, endpointId);
    const secret = createSecret();
    const sealed = await this.#sealing.seal(secret, id);
    const previousExpiresAt = await this.#endpoints.rotateSecret(
      organisationId,
      id,
      sealed,
      previousExpiresInS,
    );
    if (previousExpiresAt === undefined) throw notFound("there is no such webhook endpoint");
    return { secret, previousExpiresAt };
  }

  /** Sends a test event now, once, and tells what came of it. */
  async test(organisationId: string, endpointId: string): Promise<Delivery> {
    if (this.#tests >= MAX_CONCURRENT_TESTS) throw unavailable("too many tests are underway");
    this.#tests++;
    try {
      const claimed = isUuid(endpointId)
        ? await this.#queue.claimTest(organisationId, endpointId)
        : undefined;
      if (claimed === undefined) throw notFound("there is no such webhook endpoint");
      await this.#worker.attempt(claimed);
      return await this.delivery(organisationId, claimed.deliveryId);
    } finally {
      this.#tests--;
    }
  }

  async deliveries(
    organisationId: string,
    endpointId: string,
    query: { page: Page; status: DeliveryStatus | undefined },
  ) {
    const endpoint = await this.get(organisationId, endpointId);
    return placedPage(await this.#log.listDeliveries(endpoint.endpointId, query), query.page);
  }

  async delivery(organisationId: string, deliveryId: string): Promise<Delivery> {
    const delivery = isUuid(deliveryId)
      ? await this.#log.findDelivery(organisationId, deliveryId)
      : undefined;
    if (delivery === undefined) throw notFound("there is no such webhook delivery");
    return delivery;
  }

  /** Makes a delivery due now. */
  async redeliver(organisationId: string, deliveryId: string): Promise<Delivery> {
    const { deliveryId: id } = await this.delivery(organisationId, deliveryId);
    const answer = await this.#log.redeliver(organisationId, id);
    if (answer === "underway") throw conflict("this delivery is being attempted now");
    if (answer === "endpoint_disabled") throw conflict("the webhook endpoint is disabled");
    const delivery = await this.delivery(organisationId, id);
    this.#worker.nudge();
    return delivery;
  }

  async events(organisationId: string, query: { page: Page; type: string | undefined }) {
    return placedPage(await this.#log.listEvents(organisationId, query), query.page);
  }

  async event(organisationId: string, eventId: string) {
    const found = isUuid(eventId) ? await this.#log.findEvent(organisationId, eventId) : undefined;
    if (found === undefined) throw notFound("there is no such webhook event");
    return found;
  }

  #checkedUrl(text: string): string {
    try {
      return parseWebhookUrl(text, this.#allowPrivate).href;
    } catch (error) {
      if (!(error instanceof WebhookUrlError)) throw error;
      throw invalidRequest(error.message, { issues: [{ field: "url", message: error.message }] });
    }
  }
}

function placedPage<Item>(rows: Placed<Item>[], { limit }: Page) {
  return pageOf(rows, limit, ({ pageKey }) => pageKey);
}

function conflict(message: string): ApiError {
  return new ApiError(409, "CONFLICT", message);
}
