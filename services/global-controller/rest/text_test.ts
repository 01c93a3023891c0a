import assert from "node:assert/strict";
import { text } from "./text.ts";

const accepts = (value: unknown) => text(4).safeParse(value).success;

Deno.test("any well-formed text up to the bound is taken as it is", () => {
  for (
    const value of [
      "",
      "a",
      "\u{1f600}\u{1f600}\u{1f600}\u{1f600}",
      "<b>'",
      "\u202e\u{1f600}",
      "\t\n",
    ]
  ) {
    assert.equal(text(4).parse(value), value);
  }
});

Deno.test("longer text, NUL and half a surrogate pair are refused", () => {
  for (const value of ["12345", "\u{1f600}1234", "a\0", "\ud83d", "\ude00\ud83d", 1, null]) {
    assert.equal(accepts(value), false, JSON.stringify(value));
  }
});
