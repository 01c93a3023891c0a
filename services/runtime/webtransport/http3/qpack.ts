import { decodeHuffman } from "./huffman.ts";
import { Http3Error, Http3ErrorCode } from "./error_codes.ts";

/** One header: a lower-case name and its value, each byte one character. */
export type Field = readonly [name: string, value: string];

/** The longest header section that we decode, bytes: a path of 2 KiB and what browsers add. */
export const MAX_FIELD_SECTION_LENGTH = 8_192;
/** A section with more headers is refused. */
export const MAX_FIELDS = 64;

/** The last index of the static table (RFC 9204 Appendix A). */
const LAST_STATIC_INDEX = 98;
/**
 * The entries of the static table that a WebTransport request or its answer uses. The other
 * entries are headers that we never look at, so a field that names one is left out.
 */
const STATIC_TABLE: ReadonlyMap<number, Field> = new Map<number, Field>([
  [0, [":authority", ""]],
  [1, [":path", "/"]],
  [15, [":method", "CONNECT"]],
  [16, [":method", "DELETE"]],
  [17, [":method", "GET"]],
  [18, [":method", "HEAD"]],
  [19, [":method", "OPTIONS"]],
  [20, [":method", "POST"]],
  [21, [":method", "PUT"]],
  [22, [":scheme", "http"]],
  [23, [":scheme", "https"]],
  [24, [":status", "103"]],
  [25, [":status", "200"]],
  [26, [":status", "304"]],
  [27, [":status", "404"]],
  [28, [":status", "503"]],
  [63, [":status", "100"]],
  [64, [":status", "204"]],
  [65, [":status", "206"]],
  [66, [":status", "302"]],
  [67, [":status", "400"]],
  [68, [":status", "403"]],
  [69, [":status", "421"]],
  [70, [":status", "425"]],
  [71, [":status", "500"]],
  [90, ["origin", ""]],
]);

/**
 * Encodes a header section with the static table and plain literals (RFC 9204 §4.5).
 * Names and values are ASCII.
 */
export function encodeFieldSection(fields: readonly Field[]): Uint8Array<ArrayBuffer> {
  // Required Insert Count 0 and Base 0: nothing of the dynamic table.
  const bytes: number[] = [0, 0];
  for (const [name, value] of fields) {
    let nameIndex: number | undefined;
    let fieldIndex: number | undefined;
    for (const [index, [staticName, staticValue]] of STATIC_TABLE) {
      if (staticName !== name) continue;
      nameIndex ??= index;
      if (staticValue === value) fieldIndex = index;
    }
    if (fieldIndex !== undefined) {
      pushInteger(bytes, 0xc0, 6, fieldIndex);
      continue;
    }
    if (nameIndex !== undefined) pushInteger(bytes, 0x50, 4, nameIndex);
    else pushString(bytes, 0x20, 3, name);
    pushString(bytes, 0x00, 7, value);
  }
  return Uint8Array.from(bytes);
}

function pushInteger(bytes: number[], flags: number, prefixBits: number, value: number): void {
  const max = 2 ** prefixBits - 1;
  if (value < max) {
    bytes.push(flags | value);
    return;
  }
  bytes.push(flags | max);
  let rest = value - max;
  for (; rest >= 128; rest = Math.floor(rest / 128)) bytes.push(rest % 128 + 128);
  bytes.push(rest);
}

function pushString(bytes: number[], flags: number, prefixBits: number, text: string): void {
  pushInteger(bytes, flags, prefixBits, text.length);
  for (let at = 0; at < text.length; at++) bytes.push(text.charCodeAt(at) & 0xff);
}

/**
 * Decodes a header section (RFC 9204 §4.5) that uses no dynamic table, as we announce none.
 * Headers whose name is one of the static table's that we never look at are left out.
 *
 * @throws {Http3Error} when the section is truncated, too long, or refers to the dynamic table.
 */
export function decodeFieldSection(section: Uint8Array): Field[] {
  if (section.length > MAX_FIELD_SECTION_LENGTH) {
    throw new Http3Error(Http3ErrorCode.excessiveLoad, "header section too long");
  }
  const reader = new FieldSectionReader(section);
  if (reader.integer(8) !== 0) throw failure("a reference to the dynamic table");
  reader.integer(7);
  const fields: Field[] = [];
  for (let lines = 0; !reader.atEnd; lines++) {
    if (lines === MAX_FIELDS) {
      throw new Http3Error(Http3ErrorCode.excessiveLoad, "too many headers");
    }
    const field = reader.fieldLine();
    if (field) fields.push(field);
  }
  return fields;
}

class FieldSectionReader {
  readonly #bytes: Uint8Array;
  #offset = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  get atEnd(): boolean {
    return this.#offset === this.#bytes.length;
  }

  /** The representation that starts here (RFC 9204 §4.5.2 to §4.5.6). */
  fieldLine(): Field | undefined {
    const first = this.#peek();
    if (first & 0x80) {
      if (!(first & 0x40)) throw failure("a reference to the dynamic table");
      return staticField(this.integer(6));
    }
    if (first & 0x40) {
      if (!(first & 0x10)) throw failure("a reference to the dynamic table");
      const named = staticField(this.integer(4));
      const value = this.string(7);
      return named && [named[0], value];
    }
    if (first & 0x20) {
      const name = this.string(3);
      return [name, this.string(7)];
    }
    throw failure("a reference to the dynamic table");
  }

  /** An integer whose first byte has `prefixBits` bits of it (RFC 7541 §5.1). */
  integer(prefixBits: number): number {
    const max = 2 ** prefixBits - 1;
    let value = this.#next() & max;
    if (value < max) return value;
    // No number here can exceed the length of the section: two bytes of seven bits are plenty.
    for (let factor = 1; factor <= 128; factor *= 128) {
      const byte = this.#next();
      value += (byte & 0x7f) * factor;
      if (!(byte & 0x80)) return value;
    }
    throw failure("an integer too large");
  }

  /** A string whose first byte has the Huffman flag and then `prefixBits` bits of its length. */
  string(prefixBits: number): string {
    const huffman = (this.#peek() & 2 ** prefixBits) !== 0;
    const length = this.integer(prefixBits);
    if (this.#offset + length > this.#bytes.length) throw failure("a truncated string");
    const bytes = this.#bytes.subarray(this.#offset, this.#offset + length);
    this.#offset += length;
    const plain = huffman ? decodeHuffman(bytes) : bytes;
    let text = "";
    for (const byte of plain) text += String.fromCharCode(byte);
    return text;
  }

  #peek(): number {
    const byte = this.#bytes[this.#offset];
    if (byte === undefined) throw failure("a truncated field");
    return byte;
  }

  #next(): number {
    const byte = this.#peek();
    this.#offset++;
    return byte;
  }
}

function staticField(index: number): Field | undefined {
  if (index > LAST_STATIC_INDEX) throw failure("an index outside the static table");
  return STATIC_TABLE.get(index);
}

function failure(what: string): Http3Error {
  return new Http3Error(Http3ErrorCode.qpackDecompressionFailed, `header section with ${what}`);
}
