import assert from "node:assert/strict";
import fc from "fast-check";
import { JsonTextError, MAX_JSON_DEPTH, parseStrictJson } from "./json_text.ts";

const seed = Number(Deno.env.get("DT_SEED") ?? Date.now());

Deno.test("every JSON value reads as JSON.parse reads it", () => {
  const property = fc.property(fc.json({ maxDepth: 6 }), (text) => {
    assert.deepEqual(parseStrictJson(text), JSON.parse(text));
  });
  fc.assert(property, { seed, numRuns: 5_000 });
});

Deno.test("any other text is refused with a typed error", () => {
  const pieces = ['"', "\\", "{", "}", "[", "]", ",", ":", "a", "1", " ", '"k"', "null"];
  const text = fc.array(fc.constantFrom(...pieces), { maxLength: 40 }).map((list) => list.join(""));
  const property = fc.property(text, (candidate) => {
    let expected: unknown;
    try {
      expected = JSON.parse(candidate);
    } catch {
      assert.throws(() => parseStrictJson(candidate), JsonTextError);
      return;
    }
    try {
      assert.deepEqual(parseStrictJson(candidate), expected);
    } catch (error) {
      assert.ok(error instanceof JsonTextError && /twice|deep/.test(error.message));
    }
  });
  fc.assert(property, { seed, numRuns: 20_000 });
});

Deno.test("a key twice is found at any level and however it is written", () => {
  const ambiguous = [
    '{"a":1,"a":1}',
    '{"a":1,"\\u0061":2}',
    '[{"b":{"a":[],"a":{}}}]',
    '{"__proto__":1,"__proto__":2}',
  ];
  for (const text of ambiguous) assert.throws(() => parseStrictJson(text), /twice/);
  const plain = [
    '{"a":"a","b":"a"}',
    '{"a":{"a":1},"b":{"a":1}}',
    '[{"a":1},{"a":1}]',
    '["a","a"]',
  ];
  for (const text of plain) assert.deepEqual(parseStrictJson(text), JSON.parse(text));
});

Deno.test("NUL and half a surrogate pair are found in keys and values, and whole pairs are taken", () => {
  const noTexts = ['"\\u0000"', '["a\\ud800"]', '{"\\udc00":1}', '{"a":"\\ude00\\ud83d"}'];
  for (const text of noTexts) assert.throws(() => parseStrictJson(text), /no text/, text);
  for (const text of ['"\\ud83d\\ude00"', '"\\\\u0000"', '{"\\u00e9":"\\u0001"}']) {
    assert.deepEqual(parseStrictJson(text), JSON.parse(text));
  }
});

Deno.test("nesting is bounded", () => {
  const nest = (depth: number) => "[".repeat(depth) + "]".repeat(depth);
  parseStrictJson(nest(MAX_JSON_DEPTH));
  assert.throws(() => parseStrictJson(nest(MAX_JSON_DEPTH + 1)), /deep/);
  assert.throws(() => parseStrictJson(nest(500_000)), /deep/);
});
