import type postgres from "postgres";
import type { Page } from "../rest/cursor.ts";
import { isAfter, pageTime } from "../rest/postgres_page.ts";
import type { EndpointStore, Placed } from "./endpoint_store.ts";
import type { EventType } from "./event_type.ts";
import { endDeliveries } from "./postgres_delivery_queue.ts";
import {
  type DisabledReason,
  type EndpointSettings,
  MAX_ENDPOINTS,
  type WebhookEndpoint,
} from "./webhook_endpoint.ts";

interface EndpointRow {
  readonly endpoint_id: string;
  readonly url: string;
  readonly description: string;
  readonly event_types: EventType[];
  readonly disabled_at: Date | null;
  readonly disabled_reason: DisabledReason | null;
  readonly failing_since: Date | null;
  readonly version: number;
  readonly created_at: Date;
  readonly updated_at: Date;
}

/** Endpoints in PostgreSQL (db/migrations/0006_webhooks.sql). */
export class PostgresEndpointStore implements EndpointStore {
  readonly #sql: postgres.Sql;

  constructor(sql: postgres.Sql) {
    this.#sql = sql;
  }

  async create(
    organisationId: string,
    endpointId: string,
    { url, description, eventTypes, disabled }: EndpointSettings,
    sealedSecret: Uint8Array,
  ): Promise<WebhookEndpoint | undefined> {
    return await this.#sql.begin(async (sql) => {
      // Those who create at once count one after the other.
      await sql`SELECT FROM organisations WHERE organisation_id = ${organisationId}
        FOR NO KEY UPDATE`;
      const [row] = await sql<EndpointRow[]>`
        INSERT INTO webhook_endpoints (
          endpoint_id, organisation_id, url, description, event_types, disabled_at, disabled_reason
        )
        SELECT ${endpointId}::uuid, ${organisationId}::uuid, ${url}, ${description},
          ${[...eventTypes]}::text[],
          CASE WHEN ${disabled} THEN now() END, CASE WHEN ${disabled} THEN 'owner' END
        WHERE ${MAX_ENDPOINTS} > (
          SELECT count(*) FROM webhook_endpoints WHERE organisation_id = ${organisationId}
        )
        RETURNING *`;
      if (row === undefined) return undefined;
      await sql`INSERT INTO webhook_secrets (endpoint_id, sealed_secret)
        VALUES (${endpointId}, ${sealedSecret})`;
      return endpointOf(row);
    });
  }

  async find(organisationId: string, endpointId: string): Promise<WebhookEndpoint | undefined> {
    const [row] = await this.#sql<EndpointRow[]>`
      SELECT * FROM webhook_endpoints
      WHERE organisation_id = ${organisationId} AND endpoint_id = ${endpointId}`;
    return row && endpointOf(row);
  }

  async list(organisationId: string, { limit, after }: Page): Promise<Placed<WebhookEndpoint>[]> {
    const sql = this.#sql;
    const rows = await sql<(EndpointRow & { page_time: string })[]>`
      SELECT e.*, ${pageTime(sql, "e.created_at")} AS page_time FROM webhook_endpoints e
      WHERE organisation_id = ${organisationId}
        AND ${isAfter(sql, "created_at", "endpoint_id", after)}
      ORDER BY created_at DESC, endpoint_id DESC LIMIT ${limit + 1}`;
    return rows.map((row) => ({
      ...endpointOf(row),
      pageKey: { time: row.page_time, id: row.endpoint_id },
    }));
  }

  async update(
    organisationId: string,
    endpointId: string,
    { url, description, eventTypes, disabled }: Partial<EndpointSettings>,
    version: number | undefined,
  ): Promise<WebhookEndpoint | undefined> {
    const sql = this.#sql;
    const keeps = disabled === undefined;
    const [row] = await sql<EndpointRow[]>`
      UPDATE webhook_endpoints SET
        url = coalesce(${url ?? null}, url),
        description = coalesce(${description ?? null}, description),
        event_types = coalesce(${eventTypes ? [...eventTypes] : null}::text[], event_types),
        disabled_at = CASE WHEN ${keeps} THEN disabled_at
          WHEN ${disabled === true} THEN coalesce(disabled_at, now()) END,
        disabled_reason = CASE WHEN ${keeps} THEN disabled_reason
          WHEN ${disabled === true} THEN coalesce(disabled_reason, 'owner') END,
        failing_since = CASE WHEN ${disabled !== false} THEN failing_since END,
        version = version + 1,
        updated_at = now()
      WHERE organisation_id = ${organisationId} AND endpoint_id = ${endpointId}
        AND ${version === undefined ? sql`true` : sql`version = ${version}`}
      RETURNING *`;
    if (row === undefined) return undefined;
    if (disabled === true) await endDeliveries(sql, endpointId);
    return endpointOf(row);
  }

  async delete(organisationId: string, endpointId: string): Promise<boolean> {
    return await this.#sql.begin(async (sql) => {
      // Deliveries before their endpoint, as attempts lock them that end at the same time.
      await sql`
        DELETE FROM webhook_deliveries d USING webhook_endpoints e
        WHERE e.endpoint_id = d.endpoint_id AND e.endpoint_id = ${endpointId}
          AND e.organisation_id = ${organisationId}`;
      const { count } = await sql`
        DELETE FROM webhook_endpoints
        WHERE organisation_id = ${organisationId} AND endpoint_id = ${endpointId}`;
      return count > 0;
    });
  }

  async rotateSecret(
    organisationId: string,
    endpointId: string,
    sealedSecret: Uint8Array,
    previousExpiresInS: number,
  ): Promise<Date | undefined> {
    return await this.#sql.begin(async (sql) => {
      const [endpoint] = await sql`
        SELECT FROM webhook_endpoints
        WHERE organisation_id = ${organisationId} AND endpoint_id = ${endpointId}
        FOR NO KEY UPDATE`;
      if (endpoint === undefined) return undefined;
      await sql`DELETE FROM webhook_secrets
        WHERE endpoint_id = ${endpointId} AND expires_at IS NOT NULL`;
      const [previous] = await sql<{ expires_at: Date }[]>`
        UPDATE webhook_secrets SET expires_at = now() + ${previousExpiresInS} * interval '1 second'
        WHERE endpoint_id = ${endpointId} RETURNING expires_at`;
      await sql`INSERT INTO webhook_secrets (endpoint_id, sealed_secret, created_at)
        VALUES (${endpointId}, ${sealedSecret}, clock_timestamp())`;
      return previous!.expires_at;
    });
  }
}

function endpointOf(row: EndpointRow): WebhookEndpoint {
  return {
    endpointId: row.endpoint_id,
    url: row.url,
    description: row.description,
    eventTypes: row.event_types,
    disabledAt: row.disabled_at,
    disabledReason: row.disabled_reason,
    failingSince: row.failing_since,
    version: row.version,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  };
}
