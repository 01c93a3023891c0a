/** Longest input that a mutation makes, bytes. */
export const MAX_INPUT_LENGTH = 4_096;
const MAX_MUTATIONS = 4;
/** Values at which lengths, counts and versions change their meaning. */
const EDGE_BYTES = [0x00, 0x01, 0x02, 0x7f, 0x80, 0xfe, 0xff] as const;

type Random = () => number;

/** A whole number from 0 to below `limit`. */
function below(random: Random, limit: number): number {
  return Math.floor(random() * limit);
}

/** Each takes bytes that it may write to and returns what became of them. */
const MUTATIONS: readonly ((bytes: Uint8Array, random: Random, other: Uint8Array) => Uint8Array)[] =
  [
    function flipBit(bytes, random) {
      if (bytes.length > 0) bytes[below(random, bytes.length)]! ^= 1 << below(random, 8);
      return bytes;
    },
    function setByte(bytes, random) {
      if (bytes.length > 0) bytes[below(random, bytes.length)] = below(random, 256);
      return bytes;
    },
    function setEdge(bytes, random) {
      const value = EDGE_BYTES[below(random, EDGE_BYTES.length)]!;
      if (bytes.length > 0) bytes[below(random, bytes.length)] = value;
      return bytes;
    },
    function setRun(bytes, random) {
      const start = below(random, bytes.length + 1);
      const value = EDGE_BYTES[below(random, EDGE_BYTES.length)]!;
      return bytes.fill(value, start, start + 1 + below(random, 8));
    },
    function cut(bytes, random) {
      return bytes.subarray(0, below(random, bytes.length + 1));
    },
    function drop(bytes, random) {
      const start = below(random, bytes.length + 1);
      const end = Math.min(bytes.length, start + 1 + below(random, 8));
      return join(bytes.subarray(0, start), bytes.subarray(end));
    },
    function repeat(bytes, random) {
      const start = below(random, bytes.length + 1);
      return join(bytes, bytes.subarray(start));
    },
    function splice(bytes, random, other) {
      const start = below(random, bytes.length + 1);
      return join(bytes.subarray(0, start), other.subarray(below(random, other.length + 1)));
    },
    function noise(_bytes, random) {
      return Uint8Array.from({ length: below(random, 96) }, () => below(random, 256));
    },
  ];

/**
 * Makes an input for a parser out of a valid one: up to four changes of bits, bytes and lengths, or
 * a piece of another valid one. Neither of the two is changed.
 *
 * @param random numbers from 0 to below 1.
 */
export function mutate(
  valid: Uint8Array,
  other: Uint8Array,
  random: Random,
): Uint8Array<ArrayBuffer> {
  let bytes: Uint8Array = valid.slice();
  const mutations = 1 + below(random, MAX_MUTATIONS);
  for (let index = 0; index < mutations; index++) {
    bytes = MUTATIONS[below(random, MUTATIONS.length)]!(bytes, random, other);
  }
  return bytes.slice(0, MAX_INPUT_LENGTH);
}

function join(first: Uint8Array, second: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(first.length + second.length);
  bytes.set(first);
  bytes.set(second, first.length);
  return bytes;
}
