import assert from "node:assert/strict";
import { BACK_OFF_LIMIT_MS, BACK_OFF_START_MS, BackOff } from "./back_off.ts";

Deno.test("waits double up to a limit, each at least half of it", () => {
  const highest = new BackOff(() => 0.999_999);
  const lowest = new BackOff(() => 0);
  let ceilingMs = BACK_OFF_START_MS;
  for (let attempt = 0; attempt < 10; attempt++) {
    const longest = highest.next();
    assert.ok(longest <= ceilingMs && longest > 0.99 * ceilingMs);
    assert.equal(lowest.next(), ceilingMs / 2);
    ceilingMs = Math.min(2 * ceilingMs, BACK_OFF_LIMIT_MS);
  }
});

Deno.test("a reset begins again", () => {
  const backOff = new BackOff(() => 0);
  backOff.next();
  backOff.next();
  backOff.reset();
  assert.equal(backOff.next(), BACK_OFF_START_MS / 2);
});
