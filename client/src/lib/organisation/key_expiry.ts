/** How long an API key may be good for, as it is offered. */
export const KEY_EXPIRIES = ["days30", "days90", "year", "date", "never"] as const;
export type KeyExpiry = typeof KEY_EXPIRIES[number];

const DAY_MS = 86_400_000;
const DAYS = { days30: 30, days90: 90, year: 365 } as const;

/**
 * When the key ends, as RFC 3339; null: never; undefined: `date` is no day to come.
 *
 * @param date YYYY-MM-DD: the key is good to the end of that day, here.
 */
export function keyEnd(expiry: KeyExpiry, date: string, nowMs: number): string | null | undefined {
  if (expiry === "never") return null;
  if (expiry !== "date") return new Date(nowMs + DAYS[expiry] * DAY_MS).toISOString();
  const end = new Date(`${date}T23:59:59`);
  return end.getTime() > nowMs ? end.toISOString() : undefined;
}
