import assert from "node:assert/strict";

/** Holds `response` to the error envelope of the specification ("Error Handling"). */
export async function assertError(response: Response, status: number, code: string): Promise<void> {
  const text = await response.text();
  assert.equal(response.status, status, text);
  const { error, ...rest } = JSON.parse(text);
  assert.deepEqual(rest, {});
  assert.equal(error.code, code);
  assert.equal(typeof error.message, "string");
  assert.equal(typeof error.details, "object");
  assert.match(error.details.request_id, /^[0-9a-f-]{36}$/);
  assert.equal(response.headers.get("x-request-id"), error.details.request_id);
  assert.equal(response.headers.get("cache-control"), "no-store");
  assert.doesNotMatch(text, /\.ts:\d|node_modules|\\n/);
}
