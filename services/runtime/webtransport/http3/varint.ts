/** The largest value that {@link encodeVarint} takes: that of a safe integer, not the 2^62-1 of QUIC. */
export const MAX_VARINT = Number.MAX_SAFE_INTEGER;

/** Length in bytes of the variable-length integer that starts with this byte: 1, 2, 4 or 8. */
export function varintLengthFromFirstByte(firstByte: number): number {
  return 1 << (firstByte >> 6);
}

/** Length in bytes of the shortest encoding of `value` (RFC 9000 §16). */
export function varintLength(value: number): number {
  if (value < 0x40) return 1;
  if (value < 0x4000) return 2;
  if (value < 0x4000_0000) return 4;
  return 8;
}

/**
 * Writes the shortest encoding of `value` at `offset` (RFC 9000 §16).
 *
 * @returns the offset after it.
 * @throws {RangeError} when `value` is no safe, non-negative integer, or does not fit.
 */
export function writeVarint(bytes: Uint8Array, offset: number, value: number): number {
  if (!Number.isSafeInteger(value) || value < 0) throw new RangeError(`varint ${value}`);
  const length = varintLength(value);
  if (offset + length > bytes.length) throw new RangeError("varint does not fit");
  for (let rest = value, at = offset + length - 1; at >= offset; at--) {
    bytes[at] = rest % 256;
    rest = Math.floor(rest / 256);
  }
  bytes[offset] = bytes[offset]! | (Math.log2(length) << 6);
  return offset + length;
}

/** The shortest encoding of `value`. */
export function encodeVarint(value: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(varintLength(value));
  writeVarint(bytes, 0, value);
  return bytes;
}

/** A decoded integer and where the bytes after it start. */
export interface DecodedVarint {
  readonly value: number;
  readonly end: number;
}

/**
 * Reads the integer at `offset` (RFC 9000 §16), in any encoding, not only the shortest.
 * A value above 2^53-1 loses its low bits: it stays larger than any number we compare with.
 *
 * @returns undefined when the bytes end too early.
 */
export function readVarint(bytes: Uint8Array, offset: number): DecodedVarint | undefined {
  const first = bytes[offset];
  if (first === undefined) return undefined;
  const end = offset + varintLengthFromFirstByte(first);
  if (end > bytes.length) return undefined;
  let value = first & 0x3f;
  for (let at = offset + 1; at < end; at++) value = value * 256 + bytes[at]!;
  return { value, end };
}
