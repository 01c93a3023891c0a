import type { Choice } from "./choice.ts";

const encoder = new TextEncoder();

/** Texts that some reader of texts took for something else once. */
const TEXTS: readonly Uint8Array[] = [
  "",
  " ",
  "__proto__",
  "constructor",
  "toString",
  "hasOwnProperty",
  "null",
  "undefined",
  "NaN",
  "-1",
  "1e309",
  "a\0b",
  "\r\n",
  "\u202egnp.exe",
  "\u2028",
  "\ufeff",
  "\ufffd",
  "\u{1f469}\u200d\u{1f469}\u200d\u{1f467}\u{1f3ff}",
  "İ",
  "'; DROP TABLE meetings; --",
  "{{7*7}}${7*7}",
  "dt:mc:*",
  "00000000-0000-0000-0000-000000000000",
  "ffffffff-ffff-ffff-ffff-ffffffffffff",
  "00000000-0000-4000-8000-00000000000g",
  "ABCDEF00-0000-4000-8000-000000000000",
  "00000000-0000-4000-8000-000000000000 ",
  "e30.e30.e30",
  "eyJhbGciOiJub25lIn0.e30.",
  "a".repeat(101),
  "a".repeat(4_097),
  "\u{1f600}".repeat(101),
].map((text) => encoder.encode(text)).concat([
  // No UTF-8: lone surrogates, an overlong form, a code point beyond the last, a cut sequence.
  Uint8Array.of(0xed, 0xa0, 0x80),
  Uint8Array.of(0x61, 0xed, 0xbf, 0xbf, 0x62),
  Uint8Array.of(0xc0, 0xaf),
  Uint8Array.of(0xf5, 0x80, 0x80, 0x80),
  Uint8Array.of(0xe2, 0x82),
]);

const WHOLE_NUMBERS: readonly number[] = [
  0,
  1,
  2,
  127,
  128,
  65_535,
  65_536,
  2 ** 31 - 1,
  2 ** 31,
  2 ** 32 - 1,
];
const FRACTIONS: readonly number[] = [
  NaN,
  Infinity,
  -Infinity,
  -0,
  -1,
  1.000_001,
  5e-324,
  3.4e38,
];
const LONG_NUMBERS: readonly bigint[] = [0n, 1n, 2n ** 53n, 2n ** 63n, 2n ** 64n - 1n];
const ENUM_NUMBERS: readonly number[] = [-1, 4, 12, 99, 2 ** 31 - 1, -(2 ** 31)];
/** Lengths at which somebody may have drawn a line, bytes. */
const LENGTHS: readonly number[] = [0, 1, 31, 33, 63, 66, 256, 257, 1_025, 16_384, 16_385];
/** How often something is repeated that should not be. */
const COUNTS: readonly number[] = [0, 17, 33, 201, 501, 5_000];

export const hostileText = (choice: Choice): Uint8Array => choice.among(TEXTS);
export const hostileWhole = (choice: Choice): number => choice.among(WHOLE_NUMBERS);
export const hostileFraction = (choice: Choice): number => choice.among(FRACTIONS);
export const hostileLong = (choice: Choice): bigint => choice.among(LONG_NUMBERS);
export const hostileEnum = (choice: Choice): number => choice.among(ENUM_NUMBERS);
export const hostileBytes = (choice: Choice): Uint8Array =>
  new Uint8Array(choice.among(LENGTHS)).fill(choice.below(256));
export const hostileCount = (choice: Choice): number => choice.among(COUNTS);
