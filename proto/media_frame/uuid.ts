/** Length of a UUID on the wire, bytes (RFC 9562). */
export const UUID_LENGTH = 16;

const HEX: readonly string[] = Array.from(
  { length: 256 },
  (_, byte) => byte.toString(16).padStart(2, "0"),
);
const UUID_PATTERN = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/** True for a UUID in its canonical lower-case text form (RFC 9562, section 4). */
export function isUuid(text: string): boolean {
  return UUID_PATTERN.test(text);
}

/**
 * Reads a UUID from `bytes` at `offset` as canonical lower-case text.
 *
 * @throws {RangeError} when fewer than 16 bytes are left.
 */
export function readUuid(bytes: Uint8Array, offset: number): string {
  if (bytes.length < offset + UUID_LENGTH) throw new RangeError("too short for a UUID");
  let text = "";
  for (let i = 0; i < UUID_LENGTH; i++) {
    if (i === 4 || i === 6 || i === 8 || i === 10) text += "-";
    text += HEX[bytes[offset + i]!];
  }
  return text;
}

/**
 * Writes a UUID in canonical lower-case text form into `bytes` at `offset`.
 *
 * @throws {TypeError} when `uuid` is not a canonical UUID.
 * @throws {RangeError} when fewer than 16 bytes are left.
 */
export function writeUuid(uuid: string, bytes: Uint8Array, offset: number): void {
  if (!isUuid(uuid)) throw new TypeError("not a canonical UUID");
  if (bytes.length < offset + UUID_LENGTH) throw new RangeError("too short for a UUID");
  let position = 0;
  for (let i = 0; i < UUID_LENGTH; i++) {
    if (i === 4 || i === 6 || i === 8 || i === 10) position++;
    bytes[offset + i] = parseInt(uuid.slice(position, position + 2), 16);
    position += 2;
  }
}
