import assert from "node:assert/strict";
import { initialsOf, paletteIndex } from "./initials.ts";

Deno.test("initials are of the first and the last word", () => {
  assert.equal(initialsOf("Ada Lovelace"), "AL");
  assert.equal(initialsOf("  ada   of  lovelace "), "AL");
  assert.equal(initialsOf("ada"), "A");
  assert.equal(initialsOf("   "), "");
});

Deno.test("initials keep composed letters and emoji whole", () => {
  assert.equal(initialsOf("e\u0301mile"), "E\u0301");
  assert.equal(initialsOf("👩‍🚀 Sally"), "👩‍🚀S");
});

Deno.test("a person keeps a colour", () => {
  assert.equal(paletteIndex("a5f0", 6), paletteIndex("a5f0", 6));
  assert.ok(paletteIndex("", 6) < 6);
});
