/** What a field for date and time holds: 2026-11-24T10:00. */
const LOCAL_TIME = /^(\d{4})-(\d{2})-(\d{2})T(\d{2}):(\d{2})(?::\d{2})?$/;

/**
 * The instant at which clocks in `timeZone` show `localTime`; the earlier one when they show it
 * twice, and the one an hour later when they skip it.
 *
 * @param localTime such as `2026-11-24T10:00`.
 * @param timeZone IANA.
 * @returns RFC 3339 in UTC; undefined for what is no time.
 */
export function instantOf(localTime: string, timeZone: string): string | undefined {
  const parts = LOCAL_TIME.exec(localTime);
  if (parts === null) return undefined;
  const [year, month, day, hour, minute] = parts.slice(1).map(Number);
  const asUtcMs = Date.UTC(year!, month! - 1, day!, hour!, minute!);
  if (Number.isNaN(asUtcMs)) return undefined;
  // The offset before and after any change of clocks that is near.
  const offsetsMs = [asUtcMs - DAY_MS, asUtcMs + DAY_MS].map((ms) => offsetMs(ms, timeZone));
  const fitting = offsetsMs
    .map((offset) => asUtcMs - offset)
    .filter((ms) => ms + offsetMs(ms, timeZone) === asUtcMs);
  const instantMs = fitting.length > 0 ? Math.min(...fitting) : asUtcMs - offsetsMs[0]!;
  return new Date(instantMs).toISOString();
}

/** What clocks in `timeZone` show at `instant`, to the minute, as a field for it holds it. */
export function localTimeOf(instant: string, timeZone: string): string {
  const ms = Date.parse(instant);
  return new Date(ms + offsetMs(ms, timeZone)).toISOString().slice(0, 16);
}

const DAY_MS = 86_400_000;

/** How far clocks in `timeZone` are ahead of UTC at this instant. */
function offsetMs(instantMs: number, timeZone: string): number {
  const fields = new Intl.DateTimeFormat("en-US", {
    timeZone,
    hourCycle: "h23",
    year: "numeric",
    month: "numeric",
    day: "numeric",
    hour: "numeric",
    minute: "numeric",
    second: "numeric",
  }).formatToParts(instantMs);
  const of = (type: Intl.DateTimeFormatPartTypes) =>
    Number(fields.find((field) => field.type === type)?.value);
  const shownMs = Date.UTC(
    of("year"),
    of("month") - 1,
    of("day"),
    of("hour"),
    of("minute"),
    of("second"),
  );
  return shownMs - Math.floor(instantMs / 1_000) * 1_000;
}
