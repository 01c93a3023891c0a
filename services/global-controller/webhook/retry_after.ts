/** Seconds, as many digits as a century needs. */
const DELAY_SECONDS = /^\d{1,10}$/;
/** IMF-fixdate (RFC 9110, 5.6.7), the only form of a date that senders may write. */
const HTTP_DATE = /^[A-Z][a-z]{2}, \d{2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} GMT$/;

/**
 * How long a `Retry-After` field asks to wait (RFC 9110, 10.2.3), milliseconds from `nowMs`;
 * undefined when it says nothing that can be read.
 *
 * @param nowMs milliseconds since 1970.
 */
export function parseRetryAfter(field: string, nowMs: number): number | undefined {
  const text = field.trim();
  if (DELAY_SECONDS.test(text)) return Number(text) * 1_000;
  const ms = HTTP_DATE.test(text) ? Date.parse(text) : NaN;
  return Number.isNaN(ms) ? undefined : Math.max(0, ms - nowMs);
}
