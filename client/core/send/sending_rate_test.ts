import assert from "node:assert/strict";
import { RATE_WINDOW_MS, SendingRate } from "./sending_rate.ts";

Deno.test("a steady source has its rate", () => {
  const rate = new SendingRate();
  for (let nowMs = 0; nowMs < 2_000; nowMs += 10) rate.sent(1_250, nowMs);
  assert.equal(rate.bitrateBps(1_999), 1_000_000);
});

Deno.test("what was sent before the window does not count", () => {
  const rate = new SendingRate();
  rate.sent(10_000, 0);
  assert.equal(rate.bitrateBps(100), 10_000 * 8_000 / RATE_WINDOW_MS);
  assert.equal(rate.bitrateBps(RATE_WINDOW_MS + 50), 0);
});
