import type { AttemptOutcome, ClaimedDelivery } from "./delivery.ts";

/** An endpoint at which nothing was delivered for so long is disabled, milliseconds: five days. */
export const DISABLE_AFTER_MS = 5 * 86_400_000;
/**
 * How long a claimed delivery belongs to whoever claimed it, milliseconds: several times as long
 * as an attempt can take. Afterwards it counts as lost, and is attempted again.
 */
export const LEASE_MS = 30_000;

/** How many deliveries one process takes, and of whom. */
export interface Claim {
  readonly limit: number;
  /** Deliveries to one endpoint that the process attempts at once. */
  readonly perEndpoint: number;
  /** Those to an endpoint whose last delivery failed. */
  readonly perFailingEndpoint: number;
  /** What the process is attempting already. */
  readonly underway: ReadonlyMap<string, number>;
  /** Endpoints after this id are looked at, so that each has its turn; undefined: from the first. */
  readonly afterEndpointId: string | undefined;
}

/** How the endpoint comes off an attempt. */
export type EndpointVerdict =
  | "succeeded"
  | "failed"
  /** It answered 410: it wants nothing any more. */
  | "gone"
  /** The attempt was for somebody who looked on. */
  | "unjudged";

/** The end of one attempt. */
export interface FinishedAttempt {
  readonly deliveryId: string;
  readonly attempt: number;
  readonly outcome: AttemptOutcome;
  /** Undefined: no more attempts. */
  readonly retryInMs: number | undefined;
  readonly endpoint: EndpointVerdict;
}

/** Deliveries that are due, shared by all processes. */
export interface DeliveryQueue {
  /**
   * Takes deliveries that are due from endpoints that are not disabled. Nobody else gets them
   * until {@link LEASE_MS} has passed.
   */
  claim(claim: Claim): Promise<ClaimedDelivery[]>;
  /**
   * Stores a test event and claims its delivery; undefined when there is no such endpoint. Works
   * with a disabled endpoint too.
   */
  claimTest(organisationId: string, endpointId: string): Promise<ClaimedDelivery | undefined>;
  /**
   * Records an attempt, and disables the endpoint when it is gone or failed for
   * {@link DISABLE_AFTER_MS}: then its other deliveries end too. Does nothing when the lease had
   * passed on.
   *
   * @returns whether the endpoint was disabled by it.
   */
  finish(attempt: FinishedAttempt): Promise<boolean>;
  /** Gives back what was claimed and not attempted to the end; the attempt does not count. */
  release(deliveries: readonly Pick<ClaimedDelivery, "deliveryId" | "attempt">[]): Promise<void>;
}
