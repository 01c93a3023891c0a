import type postgres from "postgres";
import type { Page } from "../rest/cursor.ts";
import { isAfter, pageTime } from "../rest/postgres_page.ts";
import type { Delivery, DeliveryFailure, DeliveryStatus } from "./delivery.ts";
import type { DeliveryLog, RedeliveryAnswer } from "./delivery_log.ts";
import type { Placed } from "./endpoint_store.ts";
import { MAX_ENDPOINTS, type WebhookEvent } from "./webhook_endpoint.ts";

interface DeliveryRow {
  readonly delivery_id: string;
  readonly endpoint_id: string;
  readonly event_id: string;
  readonly event_type: string;
  readonly status: DeliveryStatus;
  readonly next_attempt_at: Date | null;
  readonly attempting_since: Date | null;
  readonly created_at: Date;
  readonly page_time: string;
  /** As JSON: times are text. */
  readonly attempts: readonly {
    readonly attempt: number;
    readonly attempted_at: string;
    readonly duration_ms: number;
    readonly response_status: number | null;
    readonly failure: DeliveryFailure | null;
  }[];
}

interface EventRow {
  readonly event_id: string;
  readonly event_type: string;
  readonly payload: unknown;
  readonly created_at: Date;
  readonly page_time: string;
}

/** The log in PostgreSQL (db/migrations/0006_webhooks.sql). */
export class PostgresDeliveryLog implements DeliveryLog {
  readonly #sql: postgres.Sql;

  constructor(sql: postgres.Sql) {
    this.#sql = sql;
  }

  async listDeliveries(
    endpointId: string,
    { page: { limit, after }, status }: { page: Page; status: DeliveryStatus | undefined },
  ): Promise<Placed<Delivery>[]> {
    const sql = this.#sql;
    const rows = await sql<DeliveryRow[]>`
      ${this.#selectDeliveries()}
      WHERE d.endpoint_id = ${endpointId}
        AND ${status === undefined ? sql`true` : sql`d.status = ${status}`}
        AND ${isAfter(sql, "d.created_at", "d.delivery_id", after)}
      ORDER BY d.created_at DESC, d.delivery_id DESC LIMIT ${limit + 1}`;
    return rows.map(deliveryOf);
  }

  async findDelivery(organisationId: string, deliveryId: string): Promise<Delivery | undefined> {
    const [row] = await this.#sql<DeliveryRow[]>`
      ${this.#selectDeliveries()}
      WHERE d.delivery_id = ${deliveryId} AND v.organisation_id = ${organisationId}`;
    return row && deliveryOf(row);
  }

  async redeliver(
    organisationId: string,
    deliveryId: string,
  ): Promise<RedeliveryAnswer | undefined> {
    const sql = this.#sql;
    const [row] = await sql<{ disabled: boolean; queued: boolean }[]>`
      WITH found AS (
        SELECT d.delivery_id, e.disabled_at IS NOT NULL AS disabled
        FROM webhook_deliveries d JOIN webhook_endpoints e USING (endpoint_id)
        WHERE d.delivery_id = ${deliveryId} AND e.organisation_id = ${organisationId}
      ), queued AS (
        UPDATE webhook_deliveries d
        SET status = 'pending', next_attempt_at = now(), attempting_since = NULL,
          earlier_attempts = d.attempts
        FROM found
        WHERE d.delivery_id = found.delivery_id AND NOT found.disabled
          AND (d.attempting_since IS NULL OR d.next_attempt_at <= now())
        RETURNING d.delivery_id
      )
      SELECT disabled, EXISTS (SELECT FROM queued) AS queued FROM found`;
    if (row === undefined) return undefined;
    if (row.disabled) return "endpoint_disabled";
    return row.queued ? "queued" : "underway";
  }

  async listEvents(
    organisationId: string,
    { page: { limit, after }, type }: { page: Page; type: string | undefined },
  ): Promise<Placed<WebhookEvent>[]> {
    const sql = this.#sql;
    const rows = await sql<EventRow[]>`
      SELECT v.*, ${pageTime(sql, "v.created_at")} AS page_time FROM webhook_events v
      WHERE v.organisation_id = ${organisationId}
        AND ${type === undefined ? sql`true` : sql`v.event_type = ${type}`}
        AND ${isAfter(sql, "v.created_at", "v.event_id", after)}
      ORDER BY v.created_at DESC, v.event_id DESC LIMIT ${limit + 1}`;
    return rows.map((row) => ({
      ...eventOf(row),
      pageKey: { time: row.page_time, id: row.event_id },
    }));
  }

  async findEvent(organisationId: string, eventId: string) {
    const sql = this.#sql;
    const [row] = await sql<EventRow[]>`
      SELECT * FROM webhook_events
      WHERE organisation_id = ${organisationId} AND event_id = ${eventId}`;
    if (row === undefined) return undefined;
    const deliveries = await sql<DeliveryRow[]>`
      ${this.#selectDeliveries()} WHERE d.event_id = ${eventId}
      ORDER BY d.created_at DESC, d.delivery_id DESC LIMIT ${MAX_ENDPOINTS}`;
    return { event: eventOf(row), deliveries: deliveries.map(deliveryOf) };
  }

  #selectDeliveries() {
    const sql = this.#sql;
    return sql`
      SELECT d.delivery_id, d.endpoint_id, d.event_id, v.event_type, d.status, d.next_attempt_at,
        d.attempting_since, d.created_at, ${pageTime(sql, "d.created_at")} AS page_time,
        coalesce((
          SELECT jsonb_agg(to_jsonb(a) ORDER BY a.attempt) FROM webhook_attempts a
          WHERE a.delivery_id = d.delivery_id
        ), '[]') AS attempts
      FROM webhook_deliveries d JOIN webhook_events v USING (event_id)`;
  }
}

function deliveryOf(row: DeliveryRow): Placed<Delivery> {
  return {
    deliveryId: row.delivery_id,
    endpointId: row.endpoint_id,
    eventId: row.event_id,
    eventType: row.event_type,
    status: row.status,
    attempts: row.attempts.map((attempt) => ({
      attempt: attempt.attempt,
      attemptedAt: new Date(attempt.attempted_at),
      durationMs: attempt.duration_ms,
      responseStatus: attempt.response_status,
      failure: attempt.failure,
    })),
    nextAttemptAt: row.attempting_since === null ? row.next_attempt_at : null,
    createdAt: row.created_at,
    pageKey: { time: row.page_time, id: row.delivery_id },
  };
}

function eventOf(row: EventRow): WebhookEvent {
  return {
    eventId: row.event_id,
    type: row.event_type,
    data: row.payload,
    createdAt: row.created_at,
  };
}
