import assert from "node:assert/strict";
import { API_KEY, apiKeyPrefix, createApiKeyText } from "./api_key.ts";

Deno.test("each key is another text of the form that callers send", () => {
  const keys = Array.from({ length: 100 }, createApiKeyText);
  for (const key of keys) assert.match(key, API_KEY);
  assert.equal(new Set(keys).size, keys.length);
});

Deno.test("what lists show of a key leaves more than 200 bits unknown", () => {
  const key = createApiKeyText();
  const prefix = apiKeyPrefix(key);
  assert.ok(key.startsWith(prefix));
  assert.ok((key.length - prefix.length) * 6 > 200);
});
