import assert from "node:assert/strict";
import { parseRetryAfter } from "./retry_after.ts";

const NOW_MS = Date.UTC(2026, 10, 21, 18, 0, 0);

Deno.test("a wait is told in seconds or by a date", () => {
  assert.equal(parseRetryAfter(" 120 ", NOW_MS), 120_000);
  assert.equal(parseRetryAfter("Sat, 21 Nov 2026 18:01:00 GMT", NOW_MS), 60_000);
  assert.equal(parseRetryAfter("Sat, 21 Nov 2026 17:00:00 GMT", NOW_MS), 0);
});

Deno.test("what is neither says nothing", () => {
  for (const text of ["", "-1", "1.5", "soon", "1e9", "99999999999", "2026-11-21", "Sat, 99 Foo"]) {
    assert.equal(parseRetryAfter(text, NOW_MS), undefined, text);
  }
});
