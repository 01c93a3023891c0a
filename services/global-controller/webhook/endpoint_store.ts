import type { Page, PageKey } from "../rest/cursor.ts";
import type { EndpointSettings, WebhookEndpoint } from "./webhook_endpoint.ts";

/** An item of a list with its place there. */
export type Placed<Item> = Item & { readonly pageKey: PageKey };

/** Keeps webhook endpoints and their secrets. Another organisation's endpoint is not there. */
export interface EndpointStore {
  /**
   * @param sealedSecret seals for the id of the endpoint.
   * @returns undefined when the organisation has as many as it may.
   */
  create(
    organisationId: string,
    endpointId: string,
    settings: EndpointSettings,
    sealedSecret: Uint8Array,
  ): Promise<WebhookEndpoint | undefined>;
  find(organisationId: string, endpointId: string): Promise<WebhookEndpoint | undefined>;
  /** The newest first, one more than `page.limit` if there are. */
  list(organisationId: string, page: Page): Promise<Placed<WebhookEndpoint>[]>;
  /**
   * Changes what is named. Disabling ends the deliveries that wait; enabling forgets failures.
   *
   * @param version the only one to change; any when undefined.
   * @returns undefined when there is no such endpoint, or not in that version.
   */
  update(
    organisationId: string,
    endpointId: string,
    changes: Partial<EndpointSettings>,
    version: number | undefined,
  ): Promise<WebhookEndpoint | undefined>;
  /** @returns whether there was such an endpoint. */
  delete(organisationId: string, endpointId: string): Promise<boolean>;
  /**
   * Adds a secret and ends the one before it after `previousExpiresInS`; older ones end now, so
   * that two are live at most.
   *
   * @returns when the one before ends, seen by the database's clock; undefined when there is no
   *   such endpoint.
   */
  rotateSecret(
    organisationId: string,
    endpointId: string,
    sealedSecret: Uint8Array,
    previousExpiresInS: number,
  ): Promise<Date | undefined>;
}
