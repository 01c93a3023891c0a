/** Why an attempt to deliver failed. */
export const FAILURES = [
  /** The URL, or an address that its name stands for, is not one to send to. */
  "address_refused",
  "name_not_found",
  "connection_failed",
  "tls_failed",
  /** No answer within the deadline. */
  "timeout",
  /** Redirects are not followed. */
  "redirect",
  "unsuccessful_status",
  /** The endpoint's secret cannot be read with the key that this service has now. */
  "not_signed",
] as const;
export type DeliveryFailure = typeof FAILURES[number];

/** What one attempt came to. */
export interface AttemptOutcome {
  readonly durationMs: number;
  /** The answer's, null without one. */
  readonly responseStatus: number | null;
  /** Null when it succeeded. */
  readonly failure: DeliveryFailure | null;
  /** How long an overloaded receiver asks to be left alone, milliseconds. */
  readonly retryAfterMs?: number;
}

/** One attempt in the log. */
export interface Attempt extends AttemptOutcome {
  /** 1 for the first. */
  readonly attempt: number;
  readonly attemptedAt: Date;
}

/** What became of an event at one endpoint: `pending` until it succeeded or no attempt is left. */
export const DELIVERY_STATUSES = ["pending", "delivered", "failed"] as const;
export type DeliveryStatus = typeof DELIVERY_STATUSES[number];

/** One event on its way to one endpoint. */
export interface Delivery {
  readonly deliveryId: string;
  readonly endpointId: string;
  readonly eventId: string;
  readonly eventType: string;
  readonly status: DeliveryStatus;
  /** The oldest first. */
  readonly attempts: readonly Attempt[];
  /** Null when nothing more is tried, and while somebody is trying. */
  readonly nextAttemptAt: Date | null;
  readonly createdAt: Date;
}

/** A delivery that one process has to attempt now, and nobody else. */
export interface ClaimedDelivery {
  readonly deliveryId: string;
  readonly endpointId: string;
  /** The number of this attempt, 1 for the first. */
  readonly attempt: number;
  /** The same, counted from when the delivery was last asked for: the back-off goes by it. */
  readonly attemptInSeries: number;
  readonly url: string;
  /** Those that are live, the newest first. */
  readonly sealedSecrets: readonly Uint8Array[];
  readonly event: {
    readonly eventId: string;
    readonly type: string;
    readonly createdAt: Date;
    /** JSON text. */
    readonly data: string;
  };
}
