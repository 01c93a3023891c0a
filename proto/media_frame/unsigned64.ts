/**
 * Reads an unsigned 64-bit big-endian integer as a number, without a BigInt.
 *
 * @throws {RangeError} above `Number.MAX_SAFE_INTEGER`.
 */
export function readUnsigned64(view: DataView, offset: number): number {
  const high = view.getUint32(offset);
  if (high > 0x1f_ffff) throw new RangeError("integer above 2^53 - 1");
  return high * 0x1_0000_0000 + view.getUint32(offset + 4);
}

/**
 * Writes a number as an unsigned 64-bit big-endian integer.
 *
 * @throws {RangeError} unless `value` is a safe integer of at least 0.
 */
export function writeUnsigned64(value: number, view: DataView, offset: number): void {
  if (!Number.isSafeInteger(value) || value < 0) throw new RangeError("not an unsigned integer");
  view.setUint32(offset, Math.floor(value / 0x1_0000_0000));
  view.setUint32(offset + 4, value % 0x1_0000_0000);
}
