import assert from "node:assert/strict";
import { REFUSAL_STEP_MS, refusalDelayMs } from "./steady_refusal.ts";

Deno.test("refusals leave at whole steps after the request came", () => {
  for (const elapsedMs of [0, 1, 65, 120, REFUSAL_STEP_MS - 1]) {
    assert.equal(elapsedMs + refusalDelayMs(elapsedMs), REFUSAL_STEP_MS);
  }
  assert.equal(refusalDelayMs(REFUSAL_STEP_MS), 0);
  assert.equal(refusalDelayMs(REFUSAL_STEP_MS + 1), REFUSAL_STEP_MS - 1);
});
