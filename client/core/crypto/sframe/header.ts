/** Longest SFrame header, bytes. */
export const MAX_SFRAME_HEADER_LENGTH = 17;
/** Values up to this one stand in the first byte itself. */
const MAX_INLINE_VALUE = 7;

/** The KID and counter of an SFrame object (RFC 9605, section 4.3). */
export interface SFrameHeader {
  /** Names the key. At most 2^53 - 1 here; the RFC allows 2^64 - 1, which we never send. */
  readonly kid: number;
  /** Counts the objects under the key. The same limit. */
  readonly counter: number;
  /** Length of the header itself, bytes. */
  readonly length: number;
}

/** Bytes that are not an SFrame object of ours. */
export class SFrameError extends Error {
  override readonly name = "SFrameError";
  constructor(readonly reason: "malformed" | "not-authentic", message: string) {
    super(message);
  }
}

/** Length of the header that holds `kid` and `counter`, bytes. */
export function sframeHeaderLength(kid: number, counter: number): number {
  return 1 + extraLength(kid) + extraLength(counter);
}

/**
 * Writes the header and returns its length.
 *
 * @throws {RangeError} when a value is no safe unsigned integer, or the bytes do not suffice.
 */
export function writeSFrameHeader(
  kid: number,
  counter: number,
  bytes: Uint8Array,
  offset = 0,
): number {
  requireUnsigned(kid);
  requireUnsigned(counter);
  const kidLength = extraLength(kid);
  const counterLength = extraLength(counter);
  const length = 1 + kidLength + counterLength;
  if (bytes.length - offset < length) throw new RangeError("too short for an SFrame header");
  bytes[offset] = (configuration(kid, kidLength) << 4) | configuration(counter, counterLength);
  writeValue(kid, kidLength, bytes, offset + 1);
  writeValue(counter, counterLength, bytes, offset + 1 + kidLength);
  return length;
}

/**
 * Reads the header at `offset`. Each value must be in its shortest form, so that one header has one
 * spelling.
 *
 * @throws {SFrameError} "malformed".
 */
export function readSFrameHeader(bytes: Uint8Array, offset = 0): SFrameHeader {
  const first = bytes[offset];
  if (first === undefined) throw malformed("empty");
  const kidNibble = first >> 4;
  const counterNibble = first & 0x0f;
  const kidLength = lengthOf(kidNibble);
  const counterLength = lengthOf(counterNibble);
  const length = 1 + kidLength + counterLength;
  if (bytes.length - offset < length) throw malformed("truncated header");
  return {
    kid: readValue(kidNibble, kidLength, bytes, offset + 1),
    counter: readValue(counterNibble, counterLength, bytes, offset + 1 + kidLength),
    length,
  };
}

function extraLength(value: number): number {
  if (value <= MAX_INLINE_VALUE) return 0;
  let length = 1;
  for (let rest = Math.floor(value / 256); rest > 0; rest = Math.floor(rest / 256)) length++;
  return length;
}

/** The extension bit and three bits: the value itself, or the length of what follows less one. */
function configuration(value: number, length: number): number {
  return length === 0 ? value : 0x08 | (length - 1);
}

function lengthOf(nibble: number): number {
  return nibble <= MAX_INLINE_VALUE ? 0 : (nibble & MAX_INLINE_VALUE) + 1;
}

function writeValue(value: number, length: number, bytes: Uint8Array, offset: number): void {
  let rest = value;
  for (let i = length - 1; i >= 0; i--) {
    bytes[offset + i] = rest % 256;
    rest = Math.floor(rest / 256);
  }
}

function readValue(nibble: number, length: number, bytes: Uint8Array, offset: number): number {
  if (length === 0) return nibble;
  let value = 0;
  for (let i = 0; i < length; i++) value = value * 256 + bytes[offset + i]!;
  if (!Number.isSafeInteger(value)) throw malformed("value above 2^53 - 1");
  if (extraLength(value) !== length) throw malformed("value not in its shortest form");
  return value;
}

function requireUnsigned(value: number): void {
  if (!Number.isSafeInteger(value) || value < 0) throw new RangeError("not an unsigned integer");
}

function malformed(message: string): SFrameError {
  return new SFrameError("malformed", message);
}
