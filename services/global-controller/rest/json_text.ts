/** How deep objects and arrays may nest in a request. */
export const MAX_JSON_DEPTH = 32;

/** A text that is no JSON, or JSON that two readers may understand differently. */
export class JsonTextError extends Error {
  override readonly name = "JsonTextError";
}

/**
 * Reads JSON strictly: an object with the same key twice (RFC 8259 leaves its meaning open), nesting
 * beyond {@link MAX_JSON_DEPTH}, half a surrogate pair (I-JSON, RFC 7493, 2.1) and NUL, which
 * PostgreSQL does not store, are refused.
 *
 * @throws {JsonTextError}
 */
export function parseStrictJson(text: string): unknown {
  let value: unknown;
  try {
    refuseAmbiguity(text);
    value = JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) throw new JsonTextError("the body is not JSON");
    throw error;
  }
  return value;
}

/** Walks over the tokens without recursion; what is no JSON at all is left to JSON.parse. */
function refuseAmbiguity(text: string): void {
  /** For each open bracket: the keys seen in an object, null for an array. */
  const open: (Set<string> | null)[] = [];
  let previous = "";
  for (let index = 0; index < text.length; index++) {
    const character = text[index]!;
    if (character === '"') {
      const end = endOfString(text, index);
      const keys = open.at(-1);
      const token = text.slice(index, end);
      // The body itself is UTF-8: what is no text can only be escaped.
      if (token.includes("\\u")) refuseNoText(JSON.parse(token));
      if (keys && (previous === "{" || previous === ",")) {
        const key: string = JSON.parse(token);
        if (keys.has(key)) throw new JsonTextError("the body has a key twice");
        keys.add(key);
      }
      index = end - 1;
      previous = '"';
    } else if (character === "{" || character === "[") {
      open.push(character === "{" ? new Set() : null);
      if (open.length > MAX_JSON_DEPTH) throw new JsonTextError("the body nests too deep");
      previous = character;
    } else if (character === "}" || character === "]") {
      open.pop();
      previous = character;
    } else if (character === "," || character === ":") {
      previous = character;
    }
  }
}

function refuseNoText(text: string): void {
  if (!text.isWellFormed() || text.includes("\0")) {
    throw new JsonTextError("the body has characters that are no text");
  }
}

/** The index after the closing quote of the string that opens at `start`. */
function endOfString(text: string, start: number): number {
  for (let index = start + 1; index < text.length; index++) {
    if (text[index] === "\\") index++;
    else if (text[index] === '"') return index + 1;
  }
  return text.length;
}
