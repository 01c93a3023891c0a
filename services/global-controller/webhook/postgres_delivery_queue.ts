import type postgres from "postgres";
import type { ClaimedDelivery } from "./delivery.ts";
import {
  type Claim,
  type DeliveryQueue,
  DISABLE_AFTER_MS,
  type FinishedAttempt,
  LEASE_MS,
} from "./delivery_queue.ts";
import { TEST_EVENT_TYPE } from "./event_type.ts";

const FIRST_ENDPOINT_ID = "00000000-0000-0000-0000-000000000000";

interface ClaimedRow {
  readonly delivery_id: string;
  readonly endpoint_id: string;
  readonly attempt: number;
  readonly attempt_in_series: number;
  readonly url: string;
  readonly sealed_secrets: Uint8Array[];
  readonly event_id: string;
  readonly event_type: string;
  readonly event_created_at: Date;
  readonly data: string;
}

/** Deliveries in PostgreSQL (db/migrations/0006_webhooks.sql). */
export class PostgresDeliveryQueue implements DeliveryQueue {
  readonly #sql: postgres.Sql | postgres.TransactionSql;

  constructor(sql: postgres.Sql | postgres.TransactionSql) {
    this.#sql = sql;
  }

  async claim(claim: Claim): Promise<ClaimedDelivery[]> {
    const sql = this.#sql;
    const busy = [...claim.underway];
    // One step through the index for each endpoint, however long its queue is.
    const rows = await sql<ClaimedRow[]>`
      WITH RECURSIVE waiting AS (
        (SELECT endpoint_id FROM webhook_deliveries
          WHERE next_attempt_at IS NOT NULL
            AND endpoint_id > ${claim.afterEndpointId ?? FIRST_ENDPOINT_ID}
          ORDER BY endpoint_id LIMIT 1)
        UNION ALL
        SELECT (SELECT d.endpoint_id FROM webhook_deliveries d
          WHERE d.next_attempt_at IS NOT NULL AND d.endpoint_id > waiting.endpoint_id
          ORDER BY d.endpoint_id LIMIT 1)
        FROM waiting WHERE waiting.endpoint_id IS NOT NULL
      ), due AS MATERIALIZED (
        SELECT first.delivery_id
        FROM waiting
        JOIN webhook_endpoints e USING (endpoint_id)
        LEFT JOIN unnest(
          ${busy.map(([endpointId]) => endpointId)}::uuid[],
          ${busy.map(([, deliveries]) => deliveries)}::int[]
        ) AS busy (endpoint_id, deliveries) USING (endpoint_id)
        CROSS JOIN LATERAL (
          SELECT d.delivery_id FROM webhook_deliveries d
          WHERE d.endpoint_id = e.endpoint_id AND d.next_attempt_at <= now()
          ORDER BY d.next_attempt_at
          LIMIT greatest(0, coalesce(-busy.deliveries, 0) + CASE
            WHEN e.failing_since IS NULL THEN ${claim.perEndpoint}::int
            ELSE ${claim.perFailingEndpoint}::int END)
          FOR UPDATE SKIP LOCKED
        ) AS first
        WHERE e.disabled_at IS NULL
        LIMIT ${claim.limit}
      )
      UPDATE webhook_deliveries d SET
        attempts = d.attempts + 1,
        attempting_since = now(),
        next_attempt_at = now() + ${LEASE_MS} * interval '1 millisecond'
      FROM due, webhook_events v, webhook_endpoints e
      WHERE d.delivery_id = due.delivery_id
        AND v.event_id = d.event_id AND e.endpoint_id = d.endpoint_id
      RETURNING ${this.#claimedColumns()}`;
    return rows.map(claimedOf);
  }

  async claimTest(
    organisationId: string,
    endpointId: string,
  ): Promise<ClaimedDelivery | undefined> {
    const sql = this.#sql;
    const [row] = await sql<ClaimedRow[]>`
      WITH e AS (
        SELECT * FROM webhook_endpoints
        WHERE organisation_id = ${organisationId} AND endpoint_id = ${endpointId}
      ), v AS (
        INSERT INTO webhook_events (organisation_id, event_type, payload)
        SELECT organisation_id, ${TEST_EVENT_TYPE}, jsonb_build_object('endpoint_id', endpoint_id)
        FROM e RETURNING *
      ), d AS (
        INSERT INTO webhook_deliveries (
          event_id, endpoint_id, attempts, attempting_since, next_attempt_at
        )
        SELECT v.event_id, e.endpoint_id, 1, now(),
          now() + ${LEASE_MS} * interval '1 millisecond'
        FROM v, e RETURNING *
      )
      SELECT ${this.#claimedColumns()} FROM d, v, e`;
    return row && claimedOf(row);
  }

  async finish(
    { deliveryId, attempt, outcome, retryInMs, endpoint }: FinishedAttempt,
  ): Promise<boolean> {
    const sql = this.#sql;
    const status = outcome.failure === null ? "delivered" : "failed";
    const endsIt = sql`(${endpoint}::text = 'gone' OR ${endpoint}::text = 'failed'
      AND e.failing_since <= now() - ${DISABLE_AFTER_MS} * interval '1 millisecond')`;
    const [judged] = await sql<{ endpoint_id: string; disabled: boolean }[]>`
      WITH finished AS (
        UPDATE webhook_deliveries d SET
          attempting_since = NULL,
          status = CASE WHEN ${retryInMs !== undefined} AND e.disabled_at IS NULL
            THEN 'pending' ELSE ${status} END,
          next_attempt_at = CASE WHEN e.disabled_at IS NULL
            THEN now() + ${retryInMs ?? null}::float8 * interval '1 millisecond' END
        FROM webhook_endpoints e
        WHERE d.delivery_id = ${deliveryId} AND d.attempts = ${attempt}
          AND d.attempting_since IS NOT NULL AND e.endpoint_id = d.endpoint_id
        RETURNING d.delivery_id, d.endpoint_id
      ), recorded AS (
        INSERT INTO webhook_attempts (
          delivery_id, attempt, attempted_at, duration_ms, response_status, failure
        )
        SELECT delivery_id, ${attempt},
          now() - ${outcome.durationMs} * interval '1 millisecond', ${outcome.durationMs},
          ${outcome.responseStatus}, ${outcome.failure}
        FROM finished
      )
      UPDATE webhook_endpoints e SET
        failing_since = CASE WHEN ${endpoint}::text <> 'succeeded'
          THEN coalesce(e.failing_since, now()) END,
        disabled_at = CASE WHEN ${endsIt} THEN now() END,
        disabled_reason = CASE WHEN ${endsIt}
          THEN CASE WHEN ${endpoint}::text = 'gone' THEN 'gone' ELSE 'failing' END END,
        version = e.version + CASE WHEN ${endsIt} THEN 1 ELSE 0 END,
        updated_at = CASE WHEN ${endsIt} THEN now() ELSE e.updated_at END
      FROM finished
      WHERE e.endpoint_id = finished.endpoint_id AND e.disabled_at IS NULL
        AND (${endsIt} OR ${endpoint}::text = 'failed' AND e.failing_since IS NULL
          OR ${endpoint}::text = 'succeeded' AND e.failing_since IS NOT NULL)
      RETURNING e.endpoint_id, e.disabled_at IS NOT NULL AS disabled`;
    if (!judged?.disabled) return false;
    await endDeliveries(sql, judged.endpoint_id);
    return true;
  }

  async release(
    deliveries: readonly Pick<ClaimedDelivery, "deliveryId" | "attempt">[],
  ): Promise<void> {
    if (deliveries.length === 0) return;
    await this.#sql`
      UPDATE webhook_deliveries d SET
        attempts = d.attempts - 1, attempting_since = NULL, next_attempt_at = now()
      FROM unnest(
        ${deliveries.map(({ deliveryId }) => deliveryId)}::uuid[],
        ${deliveries.map(({ attempt }) => attempt)}::int[]
      ) AS claimed (delivery_id, attempt)
      WHERE d.delivery_id = claimed.delivery_id AND d.attempts = claimed.attempt
        AND d.attempting_since IS NOT NULL`;
  }

  #claimedColumns() {
    return this.#sql`
      d.delivery_id, d.endpoint_id, d.attempts AS attempt,
      d.attempts - d.earlier_attempts AS attempt_in_series, e.url,
      ARRAY(
        SELECT s.sealed_secret FROM webhook_secrets s
        WHERE s.endpoint_id = e.endpoint_id AND (s.expires_at IS NULL OR s.expires_at > now())
        ORDER BY s.created_at DESC, s.secret_id
      ) AS sealed_secrets,
      v.event_id, v.event_type, v.created_at AS event_created_at, v.payload::text AS data`;
  }
}

/** Ends what waits for an endpoint that was disabled; what is being attempted ends by itself. */
export async function endDeliveries(
  sql: postgres.Sql | postgres.TransactionSql,
  endpointId: string,
): Promise<void> {
  await sql`
    UPDATE webhook_deliveries SET status = 'failed', next_attempt_at = NULL
    WHERE endpoint_id = ${endpointId} AND next_attempt_at IS NOT NULL AND attempting_since IS NULL`;
}

function claimedOf(row: ClaimedRow): ClaimedDelivery {
  return {
    deliveryId: row.delivery_id,
    endpointId: row.endpoint_id,
    attempt: row.attempt,
    attemptInSeries: row.attempt_in_series,
    url: row.url,
    sealedSecrets: row.sealed_secrets,
    event: {
      eventId: row.event_id,
      type: row.event_type,
      createdAt: row.event_created_at,
      data: row.data,
    },
  };
}
