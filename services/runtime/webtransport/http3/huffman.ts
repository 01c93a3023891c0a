import { Http3Error, Http3ErrorCode } from "./error_codes.ts";

/** Length in bits of the code of each byte value, row by row (RFC 7541 Appendix B). */
// deno-fmt-ignore
const CODE_LENGTHS = [
  13, 23, 28, 28, 28, 28, 28, 28, 28, 24, 30, 28, 28, 30, 28, 28,
  28, 28, 28, 28, 28, 28, 30, 28, 28, 28, 28, 28, 28, 28, 28, 28,
  6, 10, 10, 12, 13, 6, 8, 11, 10, 10, 8, 11, 8, 6, 6, 6,
  5, 5, 5, 6, 6, 6, 6, 6, 6, 6, 7, 8, 15, 6, 12, 10,
  13, 6, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7,
  7, 7, 7, 7, 7, 7, 7, 7, 8, 7, 8, 13, 19, 13, 14, 6,
  15, 5, 6, 5, 6, 5, 6, 6, 6, 5, 7, 7, 6, 6, 6, 5,
  6, 7, 6, 5, 5, 6, 7, 7, 7, 7, 7, 15, 11, 14, 13, 28,
  20, 22, 20, 20, 22, 22, 22, 23, 22, 23, 23, 23, 23, 23, 24, 23,
  24, 24, 22, 23, 24, 23, 23, 23, 23, 21, 22, 23, 22, 23, 23, 24,
  22, 21, 20, 22, 22, 23, 23, 21, 23, 22, 22, 24, 21, 22, 23, 23,
  21, 21, 22, 21, 23, 22, 23, 23, 20, 22, 22, 22, 23, 22, 22, 23,
  26, 26, 20, 19, 22, 23, 22, 25, 26, 26, 26, 27, 27, 26, 24, 25,
  19, 21, 26, 27, 27, 26, 27, 24, 21, 21, 26, 26, 28, 27, 27, 27,
  20, 24, 20, 21, 22, 21, 21, 23, 22, 22, 25, 25, 24, 24, 26, 23,
  26, 27, 26, 26, 27, 27, 27, 27, 27, 28, 27, 27, 27, 27, 27, 26,
];
/** The code that must not occur: end of string. */
const END_OF_STRING = 256;
const END_OF_STRING_LENGTH = 30;

/** The codes of one length: consecutive from `firstCode`, for the symbols from `firstIndex`. */
interface CodesOfLength {
  readonly firstCode: number;
  readonly firstIndex: number;
  readonly count: number;
}

/** The code is canonical: sorted by length and then symbol, codes count up. */
const { symbols, codesOfLength } = (() => {
  const lengths = [...CODE_LENGTHS, END_OF_STRING_LENGTH];
  const symbols = lengths.map((_, symbol) => symbol)
    .sort((a, b) => lengths[a]! - lengths[b]! || a - b);
  const codesOfLength: CodesOfLength[] = [];
  let firstCode = 0;
  let firstIndex = 0;
  for (let length = 0; length <= END_OF_STRING_LENGTH; length++) {
    const count = lengths.filter((l) => l === length).length;
    codesOfLength.push({ firstCode, firstIndex, count });
    firstCode = (firstCode + count) * 2;
    firstIndex += count;
  }
  return { symbols, codesOfLength };
})();

/**
 * Decodes a string in the Huffman code of HPACK and QPACK (RFC 7541 §5.2).
 *
 * @throws {Http3Error} on wrong padding or the end-of-string code.
 */
export function decodeHuffman(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  // The shortest code has five bits.
  const decoded = new Uint8Array(Math.floor(bytes.length * 8 / 5));
  let decodedLength = 0;
  let code = 0;
  let length = 0;
  for (const byte of bytes) {
    for (let bit = 7; bit >= 0; bit--) {
      code = code * 2 + ((byte >> bit) & 1);
      length++;
      const codes = codesOfLength[length];
      if (!codes) throw failure("a code that is none");
      const index = code - codes.firstCode;
      if (index >= codes.count) continue;
      const symbol = symbols[codes.firstIndex + index]!;
      if (symbol === END_OF_STRING) throw failure("end of string inside a string");
      decoded[decodedLength++] = symbol;
      code = 0;
      length = 0;
    }
  }
  const padded = length < 8 && code === 2 ** length - 1;
  if (!padded) throw failure("wrong padding");
  return decoded.slice(0, decodedLength);
}

function failure(what: string): Http3Error {
  return new Http3Error(Http3ErrorCode.qpackDecompressionFailed, `Huffman code with ${what}`);
}
