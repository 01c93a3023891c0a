import type { JsonValue } from "../rest/json_value.ts";
import type { EventType } from "./event_type.ts";

/** Something that happened in an organisation. */
export interface PublishedEvent {
  /** Null, as for a guest's meeting: nobody is told, and the event is dropped. */
  readonly organisationId: string | null;
  readonly type: EventType;
  /** What it is about, in the field names of the API (snake_case); no secrets. */
  readonly data: Readonly<Record<string, JsonValue>>;
}

/**
 * Tells an organisation's webhook endpoints what happened. An event is stored together with one
 * delivery for each endpoint that wants it, so that it outlives this process; it is sent later.
 * A store that changes something in a transaction of its own stores the event in that same
 * transaction with `storeEvent` of postgres_event_publisher.ts: both happen or none.
 */
export interface EventPublisher {
  /** Rejects when the database does. */
  publish(event: PublishedEvent): Promise<void>;
}
