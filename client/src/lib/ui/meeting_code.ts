/** A meeting code as people speak and type it: `abc-defg-hij`. */
const CODE = /^([a-z]{3})-?([a-z]{4})-?([a-z]{3})$/;

/**
 * Reads a meeting code out of what somebody typed or pasted: a code with or without hyphens, in
 * any case, with spaces, or a link whose path is `/m/{code}`.
 * @returns the code in its canonical form, or undefined if there is none
 */
export function parseMeetingCode(input: string): string | undefined {
  const text = input.trim();
  const link = /\/m\/([^/?#\s]+)/i.exec(text);
  const candidate = (link?.[1] ?? text).toLowerCase().replaceAll(/[\s_]+/g, "-");
  const parts = CODE.exec(candidate);
  return parts ? `${parts[1]}-${parts[2]}-${parts[3]}` : undefined;
}
