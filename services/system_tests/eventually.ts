/** How often {@link eventually} looks, milliseconds. */
const LOOK_INTERVAL_MS = 25;

/**
 * Looks again and again until `look` returns something other than undefined or false.
 *
 * @returns what it returned.
 * @throws {Error} that says `what` did not happen within `withinMs`; the last failure is its cause.
 */
export async function eventually<T>(
  what: string,
  withinMs: number,
  look: () => Promise<T | undefined | false> | T | undefined | false,
): Promise<T> {
  const startedAtMs = performance.now();
  let cause: unknown;
  while (true) {
    try {
      const seen = await look();
      if (seen !== undefined && seen !== false) return seen;
      cause = undefined;
    } catch (error) {
      cause = error;
    }
    if (performance.now() - startedAtMs > withinMs) {
      throw new Error(`not within ${withinMs} ms: ${what}`, { cause });
    }
    await new Promise((resolve) => setTimeout(resolve, LOOK_INTERVAL_MS));
  }
}
