import assert from "node:assert/strict";
import { oneTimeTokenOf } from "./one_time_token.ts";

Deno.test("a link's token is what stands behind the #", () => {
  assert.equal(oneTimeTokenOf(`#${"aB3_-".repeat(8)}`), "aB3_-".repeat(8));
});

Deno.test("what cannot be a token is none", () => {
  for (const fragment of ["", "#", "#short", "#with space and more", `#${"a".repeat(101)}`]) {
    assert.equal(oneTimeTokenOf(fragment), undefined);
  }
});
