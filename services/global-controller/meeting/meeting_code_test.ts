import assert from "node:assert/strict";
import { createMeetingCode, parseMeetingCode } from "./meeting_code.ts";

Deno.test("codes have their form, no ambiguous letter, and do not repeat", () => {
  const codes = new Set(Array.from({ length: 2_000 }, createMeetingCode));
  assert.equal(codes.size, 2_000);
  for (const code of codes) assert.match(code, /^[a-hjkmnp-z]{3}-[a-hjkmnp-z]{4}-[a-hjkmnp-z]{3}$/);
});

Deno.test("a code is read in any case and nothing else is one", () => {
  assert.equal(parseMeetingCode("ABC-Defg-hij"), "abc-defg-hij");
  for (const text of ["", "abcdefghij", "abc-defg-hi1", "abc-defg-hij\n", " abc-defg-hij"]) {
    assert.equal(parseMeetingCode(text), undefined);
  }
});
