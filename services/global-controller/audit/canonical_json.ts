import type { JsonValue } from "../rest/json_value.ts";

/**
 * `value` as the JSON Canonicalization Scheme writes it (RFC 8785): no white space, the names of
 * objects in the order of their UTF-16 code units, numbers and strings as ECMAScript writes them. Two
 * values are equal exactly when their canonical texts are.
 *
 * @throws {TypeError} at a number that JSON cannot hold, and at a lone surrogate.
 */
export function canonicalJson(value: JsonValue): string {
  if (typeof value === "number" && !Number.isFinite(value)) {
    throw new TypeError(`${value} is no JSON number`);
  }
  if (typeof value === "string") return canonicalString(value);
  if (value === null || typeof value !== "object") return JSON.stringify(value);
  if (isArray(value)) return `[${value.map(canonicalJson).join(",")}]`;
  const members = Object.keys(value).sort().map((name) =>
    `${canonicalString(name)}:${canonicalJson(value[name]!)}`
  );
  return `{${members.join(",")}}`;
}

function canonicalString(text: string): string {
  if (!text.isWellFormed()) throw new TypeError("a string holds half of a surrogate pair");
  return JSON.stringify(text);
}

function isArray(value: object): value is readonly JsonValue[] {
  return Array.isArray(value);
}
