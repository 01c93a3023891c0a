import assert from "node:assert/strict";
import { canonicalLocale, canonicalTimeZone } from "./preferences.ts";

Deno.test("language tags get their usual spelling", () => {
  assert.equal(canonicalLocale("PT-br"), "pt-BR");
  assert.equal(canonicalLocale("zh-hant-tw"), "zh-Hant-TW");
  assert.equal(canonicalLocale(""), "");
});

Deno.test("what is no language tag is none", () => {
  for (const text of ["e", "en_US", "<b>", "en-", "de DE", "\0"]) {
    assert.equal(canonicalLocale(text), undefined, text);
  }
});

Deno.test("time zones get their usual spelling", () => {
  assert.equal(canonicalTimeZone("europe/berlin"), "Europe/Berlin");
  assert.equal(canonicalTimeZone("UTC"), "UTC");
  assert.equal(canonicalTimeZone(""), "");
});

Deno.test("what is no time zone is none", () => {
  for (const text of ["Mars/Olympus", "+02:00", "Europe Berlin", "' OR 1=1", "\0"]) {
    assert.equal(canonicalTimeZone(text), undefined, text);
  }
});
