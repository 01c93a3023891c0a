import assert from "node:assert/strict";

/** How often {@link eventually} looks, milliseconds. */
const LOOK_INTERVAL_MS = 10;

/** Looks until `look` holds; fails when it does not within `withinMs`. */
export async function eventually(
  what: string,
  withinMs: number,
  look: () => Promise<boolean>,
): Promise<void> {
  const endsAtMs = performance.now() + withinMs;
  while (!await look()) {
    assert.ok(performance.now() < endsAtMs, `not within ${withinMs} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, LOOK_INTERVAL_MS));
  }
}
