/**
 * The canonical form of a BCP 47 language tag, such as `pt-BR`; undefined for what is none.
 *
 * @param text empty stays empty: the browser's choice.
 */
export function canonicalLocale(text: string): string | undefined {
  if (text === "") return "";
  try {
    return Intl.getCanonicalLocales(text)[0];
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

/**
 * A time zone of the IANA database, such as `Europe/Berlin`, in its usual spelling; undefined for
 * what is none.
 *
 * @param text empty stays empty: the browser's choice.
 */
export function canonicalTimeZone(text: string): string | undefined {
  if (text === "") return "";
  // Offsets such as +02:00 are zones for Intl, but follow no summer time.
  if (!/^[A-Za-z]/.test(text)) return undefined;
  try {
    return new Intl.DateTimeFormat("en", { timeZone: text }).resolvedOptions().timeZone;
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}
