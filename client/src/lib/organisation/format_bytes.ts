const UNITS = ["B", "kB", "MB", "GB", "TB"] as const;

/** A size for people, in powers of a thousand (IEC 80000-13): "512 B", "1.5 MB". */
export function formatBytes(bytes: number): string {
  let value = bytes;
  let unit = 0;
  // What would be rounded to 1000 is one of the next unit.
  while (unit < UNITS.length - 1 && value >= 999.5) {
    value /= 1_000;
    unit++;
  }
  const digits = unit > 0 && value < 9.95 ? 1 : 0;
  return `${value.toFixed(digits)} ${UNITS[unit]}`;
}
