/**
 * What a `datetime-local` input holds, read in this machine's time zone, as RFC 3339 in UTC;
 * undefined for an empty or unreadable one.
 */
export function instantOf(localText: string): string | undefined {
  const time = new Date(localText);
  return localText === "" || Number.isNaN(time.getTime()) ? undefined : time.toISOString();
}
