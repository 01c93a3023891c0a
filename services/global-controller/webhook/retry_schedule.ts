const SECOND_MS = 1_000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;

/** What is waited before each further attempt (Standard Webhooks, "Deliverability"): three days. */
const DELAYS_MS: readonly number[] = [
  5 * SECOND_MS,
  5 * MINUTE_MS,
  30 * MINUTE_MS,
  2 * HOUR_MS,
  5 * HOUR_MS,
  10 * HOUR_MS,
  14 * HOUR_MS,
  20 * HOUR_MS,
  24 * HOUR_MS,
];
/** The longest wait of the schedule, which is also the longest that a receiver may ask for. */
const MAX_DELAY_MS = 24 * HOUR_MS;
/** Waits are up to so much longer, so that what failed together is not tried again together. */
const JITTER = 0.2;

/** Attempts to deliver one event to one endpoint. */
export const MAX_ATTEMPTS = DELAYS_MS.length + 1;

/**
 * How long to wait after the attempt number `attempt` (1 is the first) failed, milliseconds;
 * undefined when it was the last.
 *
 * @param random a number from 0 to 1.
 * @param askedMs the least that the receiver asks for; heard up to a day.
 */
export function retryDelayMs(
  attempt: number,
  random: number,
  askedMs: number = 0,
): number | undefined {
  const scheduledMs = DELAYS_MS[attempt - 1];
  if (scheduledMs === undefined) return undefined;
  const delayMs = Math.max(scheduledMs, Math.min(askedMs, MAX_DELAY_MS));
  return Math.round(delayMs * (1 + JITTER * random));
}
