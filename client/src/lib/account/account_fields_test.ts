import assert from "node:assert/strict";
import { whenBlank, whenNoAddress, whenTooShort } from "./account_fields.ts";

Deno.test("blank text is found missing", () => {
  assert.equal(whenBlank(" \t", "missing"), "missing");
  assert.equal(whenBlank(" x ", "missing"), undefined);
});

Deno.test("a password's characters are counted as people see code points", () => {
  assert.equal(whenTooShort("elevenchars", "short"), "short");
  assert.equal(whenTooShort("twelve chars", "short"), undefined);
  assert.equal(whenTooShort("😀".repeat(11), "short"), "short");
});

Deno.test("what is plainly no address is found", () => {
  for (const text of ["", "ada", "ada@", "ada@example", "a b@example.org"]) {
    assert.equal(whenNoAddress(text, "no"), "no", text);
  }
  assert.equal(whenNoAddress(" ada@example.org ", "no"), undefined);
});
