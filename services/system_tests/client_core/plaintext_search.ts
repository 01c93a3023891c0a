/** Bytes of each window of the plaintext that is searched for. */
const WINDOW_LENGTH = 8;

/** True when any eight consecutive bytes of any of `plaintexts` occur anywhere in `bytes`. */
export function containsWindowOf(bytes: Uint8Array, plaintexts: readonly Uint8Array[]): boolean {
  const windows = new Set<bigint>();
  for (const plaintext of plaintexts) {
    for (const window of windowsOf(plaintext)) windows.add(window);
  }
  for (const window of windowsOf(bytes)) if (windows.has(window)) return true;
  return false;
}

/** True for the same bytes in the same order. */
export function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, index) => byte === b[index]);
}

function* windowsOf(bytes: Uint8Array): Generator<bigint> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  for (let offset = 0; offset + WINDOW_LENGTH <= bytes.length; offset++) {
    yield view.getBigUint64(offset);
  }
}
