import assert from "node:assert/strict";
import { ApiError } from "../rest/api_error.ts";
import { parseIdempotencyKey } from "./idempotency_key.ts";

Deno.test("a key may come with the quotes of a structured field, or without", () => {
  assert.equal(parseIdempotencyKey('"8e03978e-40d5"', false), "8e03978e-40d5");
  assert.equal(parseIdempotencyKey("8e03978e-40d5", false), "8e03978e-40d5");
  assert.equal(parseIdempotencyKey(String.raw`"a \"b\" \\"`, false), String.raw`a "b" \ `.trim());
});

Deno.test("an empty, a long, a double or a foreign key is refused", () => {
  const fields = ["", '""', " ", '"', 'a"b', "a, b", '"a", "b"', "é", "a b", "a".repeat(256)];
  for (const field of fields) {
    const isRefused = (error: unknown) => error instanceof ApiError && error.status === 400;
    assert.throws(() => parseIdempotencyKey(field, false), isRefused, field);
  }
});

Deno.test("a guest's key has to be long enough that nobody else has it by chance", () => {
  assert.throws(() => parseIdempotencyKey("1", true), ApiError);
  assert.equal(parseIdempotencyKey("0123456789abcdef", true), "0123456789abcdef");
});
