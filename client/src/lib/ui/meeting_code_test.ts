import assert from "node:assert/strict";
import { parseMeetingCode } from "./meeting_code.ts";

Deno.test("a code is read as it is written", () => {
  assert.equal(parseMeetingCode("abc-defg-hij"), "abc-defg-hij");
});

Deno.test("a code is read in any case, without hyphens and with spaces", () => {
  assert.equal(parseMeetingCode("  ABC DEFG hij "), "abc-defg-hij");
  assert.equal(parseMeetingCode("abcdefghij"), "abc-defg-hij");
});

Deno.test("a code is read out of a link", () => {
  assert.equal(parseMeetingCode("https://meet.example.org/m/abc-defg-hij?x=1#y"), "abc-defg-hij");
  assert.equal(parseMeetingCode("localhost:8080/m/ABC-DEFG-HIJ"), "abc-defg-hij");
});

Deno.test("what holds no code gives none", () => {
  for (const text of ["", "abc", "abc-defg-hi1", "https://example.org/abc-defg-hij", "/m/"]) {
    assert.equal(parseMeetingCode(text), undefined, text);
  }
});
