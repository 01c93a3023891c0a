/** The span in which requests are counted, milliseconds. */
export const RATE_LIMIT_WINDOW_MS = 60_000;
/** Requests in a window unless configured otherwise (specification, "Rate Limiting"). */
export const DEFAULT_RATE_LIMIT = 100;

/** The answer to one request. */
export interface RateLimitVerdict {
  readonly allowed: boolean;
  readonly limit: number;
  /** Further requests that would be allowed now. */
  readonly remaining: number;
  /** When the oldest counted request leaves the window, milliseconds from now. */
  readonly resetAfterMs: number;
}

/** A limiter holds so many callers that it counts no others. */
export class LimiterFullError extends Error {
  override readonly name = "LimiterFullError";
}

/**
 * Lets each caller make so many requests, and no more in any window of
 * {@link RATE_LIMIT_WINDOW_MS} wherever it starts. Refused requests are not counted.
 */
export interface RateLimiter {
  /** Counts a request of `caller` if it is allowed. */
  take(caller: string): Promise<RateLimitVerdict>;
}
