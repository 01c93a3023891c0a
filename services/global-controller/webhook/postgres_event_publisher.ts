import type postgres from "postgres";
import type { EventPublisher, PublishedEvent } from "./event_publisher.ts";

/**
 * Stores an event and its deliveries in one statement, on `sql`: a transaction of the caller's
 * makes the event a part of what it tells of (transactional outbox). Deliveries stored so are
 * found by the next look for due ones, at most a second after the commit.
 */
export async function storeEvent(
  sql: postgres.Sql | postgres.TransactionSql,
  { organisationId, type, data }: PublishedEvent,
): Promise<void> {
  if (organisationId === null) return;
  await sql`
    WITH event AS (
      INSERT INTO webhook_events (organisation_id, event_type, payload)
      VALUES (${organisationId}, ${type}, ${sql.json(data as postgres.JSONValue)})
      RETURNING event_id, organisation_id, event_type
    )
    INSERT INTO webhook_deliveries (event_id, endpoint_id, next_attempt_at)
    SELECT event.event_id, e.endpoint_id, now()
    FROM event JOIN webhook_endpoints e USING (organisation_id)
    WHERE e.disabled_at IS NULL
      AND (e.event_types = '{}' OR event.event_type = ANY (e.event_types))`;
}

/** Events in PostgreSQL (db/migrations/0006_webhooks.sql). */
export class PostgresEventPublisher implements EventPublisher {
  readonly #sql: postgres.Sql;
  readonly #onPublished: () => void;

  /** @param onPublished called after each event, so that it is sent without waiting for a look. */
  constructor(sql: postgres.Sql, onPublished: () => void = () => {}) {
    this.#sql = sql;
    this.#onPublished = onPublished;
  }

  async publish(event: PublishedEvent): Promise<void> {
    await storeEvent(this.#sql, event);
    if (event.organisationId !== null) this.#onPublished();
  }
}
