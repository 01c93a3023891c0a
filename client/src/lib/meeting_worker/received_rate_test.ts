import assert from "node:assert/strict";
import { ReceivedRate } from "./received_rate.ts";

Deno.test("the rate is the average since the last look", () => {
  const rate = new ReceivedRate(1_000);
  rate.received(50_000);
  rate.received(75_000);
  assert.equal(rate.look(2_000), 1_000_000);
  rate.received(50_000);
  assert.equal(rate.look(4_000), 200_000);
});

Deno.test("two looks at the same time find nothing in between", () => {
  const rate = new ReceivedRate(0);
  rate.received(1_000);
  assert.equal(rate.look(0), 0);
});
