/** Longest line, characters: thousands of tokens or latencies. */
export const MAX_JSON_LINE_LENGTH = 64 * 1024 * 1024;

/**
 * The values that another process writes, one in each line.
 *
 * @throws {SyntaxError} when a line is no JSON.
 * @throws {RangeError} when one is longer than {@link MAX_JSON_LINE_LENGTH}.
 */
export async function* readJsonLines<Value>(
  readable: ReadableStream<Uint8Array>,
): AsyncGenerator<Value, void, undefined> {
  const decoder = new TextDecoder();
  let parts: string[] = [];
  let length = 0;
  for await (const bytes of readable) {
    const [first = "", ...rest] = decoder.decode(bytes, { stream: true }).split("\n");
    parts.push(first);
    length += first.length;
    if (length > MAX_JSON_LINE_LENGTH) throw new RangeError("a line is too long");
    for (const begin of rest) {
      yield JSON.parse(parts.join(""));
      parts = [begin];
      length = begin.length;
    }
  }
}

/** One value as a line for {@link readJsonLines}. */
export function writeJsonLine(value: unknown): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(`${JSON.stringify(value)}\n`);
}
