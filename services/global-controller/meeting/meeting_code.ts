/** Lower-case letters that are not taken for one another, spoken or written (no i, l, o). */
const ALPHABET = "abcdefghjkmnpqrstuvwxyz";
const GROUP_LENGTHS = [3, 4, 3] as const;
const CODE = /^[a-z]{3}-[a-z]{4}-[a-z]{3}$/;
/** The largest multiple of the alphabet that a byte reaches: above it a letter would be favoured. */
const UNBIASED_LIMIT = 256 - (256 % ALPHABET.length);

/** A random meeting code such as `abc-defg-hjk`: 23^10, about 45 bits. */
export function createMeetingCode(): string {
  return GROUP_LENGTHS
    .map((length) => Array.from({ length }, randomLetter).join(""))
    .join("-");
}

/** `text` as a meeting code, whatever its case, or undefined when it is none. */
export function parseMeetingCode(text: string): string | undefined {
  const code = text.toLowerCase();
  return CODE.test(code) ? code : undefined;
}

function randomLetter(): string {
  const byte = new Uint8Array(1);
  do {
    crypto.getRandomValues(byte);
  } while (byte[0]! >= UNBIASED_LIMIT);
  return ALPHABET[byte[0]! % ALPHABET.length]!;
}
