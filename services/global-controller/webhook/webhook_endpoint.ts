import type { EventType } from "./event_type.ts";

/** Endpoints that one organisation may have. */
export const MAX_ENDPOINTS = 20;

/** Why an endpoint gets nothing: its organisation chose so, it answered 410, it failed for days. */
export const DISABLED_REASONS = ["owner", "gone", "failing"] as const;
export type DisabledReason = typeof DISABLED_REASONS[number];

/** Where an organisation wants to be told of events. */
export interface WebhookEndpoint {
  readonly endpointId: string;
  readonly url: string;
  readonly description: string;
  /** Those that it wants; empty: all. */
  readonly eventTypes: readonly EventType[];
  readonly disabledAt: Date | null;
  readonly disabledReason: DisabledReason | null;
  /** Since when every delivery failed; null: the last one succeeded, or there was none. */
  readonly failingSince: Date | null;
  readonly version: number;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

/** What its organisation may choose. */
export interface EndpointSettings {
  readonly url: string;
  readonly description: string;
  readonly eventTypes: readonly EventType[];
  readonly disabled: boolean;
}

/** Something that was published. */
export interface WebhookEvent {
  readonly eventId: string;
  readonly type: string;
  readonly data: unknown;
  readonly createdAt: Date;
}
