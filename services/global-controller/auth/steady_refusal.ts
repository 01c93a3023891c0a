/**
 * Refused passwords are answered at multiples of this after the request came, milliseconds: well
 * above what a check takes.
 */
export const REFUSAL_STEP_MS = 250;

/**
 * How long to hold a refusal back, so that its time does not tell what was looked up or written
 * down on the way, such as whether an address has an account.
 *
 * @param elapsedMs since the request came.
 */
export function refusalDelayMs(elapsedMs: number): number {
  const beyond = elapsedMs % REFUSAL_STEP_MS;
  return beyond === 0 && elapsedMs > 0 ? 0 : REFUSAL_STEP_MS - beyond;
}
