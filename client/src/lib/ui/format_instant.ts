/**
 * An instant as people here write it, such as "Tue, 24 Nov 2026, 10:00 GMT+1".
 *
 * @param instant RFC 3339.
 * @param timeZone IANA; the machine's own by default.
 * @param locale BCP 47; the language of the pages by default.
 */
export function formatInstant(instant: string, timeZone?: string, locale = "en-GB"): string {
  return instantFormat(timeZone, locale).format(new Date(instant));
}

/**
 * From one instant to another, the day once where it is the same: "Tue, 24 Nov 2026,
 * 10:00–11:00 CET". Parameters as for {@link formatInstant}.
 */
export function formatSpan(
  { start, end }: { readonly start: string; readonly end: string },
  timeZone?: string,
  locale = "en-GB",
): string {
  return instantFormat(timeZone, locale).formatRange(new Date(start), new Date(end));
}

function instantFormat(timeZone: string | undefined, locale: string): Intl.DateTimeFormat {
  return new Intl.DateTimeFormat(locale, {
    weekday: "short",
    day: "numeric",
    month: "short",
    year: "numeric",
    hour: "2-digit",
    minute: "2-digit",
    timeZoneName: "short",
    ...(timeZone ? { timeZone } : {}),
  });
}

/** A length of time for people: "45 s", "12 min", "2 h 5 min". */
export function formatDuration(seconds: number): string {
  if (seconds < 60) return `${Math.round(seconds)} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min`;
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}
