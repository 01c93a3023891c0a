/** How long wrong passwords count, minutes. */
export const FAILURE_WINDOW_MINUTES = 15;
/** Wrong passwords for one account from one address (IPv6: one /64) within a window. */
export const MAX_FAILURES_PER_SOURCE = 10;
/** Once an account met this many from everywhere within a window … */
export const MANY_FAILURES = 100;
/** … each address gets this many. */
export const MAX_FAILURES_PER_SOURCE_OF_MANY = 3;

/** Whether a password may be tried now. */
export type AttemptVerdict =
  | { readonly allowed: true }
  | { readonly allowed: false; readonly retryAfterS: number };

/**
 * Slows down who guesses passwords. Each address that has not failed yet gets its tries, whatever
 * others do, and a window that is over is forgotten: nobody can lock an owner out for ever.
 */
export interface SignInThrottle {
  /**
   * Counts a try before it is known how it ends, so that tries at the same time cannot all pass.
   *
   * @param email whether it has an account or not.
   * @param source where the try comes from.
   */
  attempt(email: string, source: string): Promise<AttemptVerdict>;
  /** Forgets what the source did wrong for the account. */
  succeeded(email: string, source: string): Promise<void>;
}

/** How many wrong passwords a source may send for an account that met `total` from everywhere. */
export function failureLimit(total: number): number {
  return total >= MANY_FAILURES ? MAX_FAILURES_PER_SOURCE_OF_MANY : MAX_FAILURES_PER_SOURCE;
}
