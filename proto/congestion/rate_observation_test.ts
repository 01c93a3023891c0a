import assert from "node:assert/strict";
import { isTested } from "./rate_observation.ts";

Deno.test("two thirds of a target show what the path carries, a half does not", () => {
  assert.equal(isTested(300_000, 200_000, 0), true);
  assert.equal(isTested(300_000, 150_000, 0), false);
});

Deno.test("sound beside which nothing else is sent does not show what the path carries", () => {
  assert.equal(isTested(300_000, 290_000, 250_000), true);
  assert.equal(isTested(500_000, 300_000, 250_000), false);
});
