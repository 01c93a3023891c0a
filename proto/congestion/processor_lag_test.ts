import assert from "node:assert/strict";
import { LAG_WINDOW_MS, ProcessorLag, USUAL_LAG_MS, withoutLag } from "./processor_lag.ts";

Deno.test("timers that fire about in time show no lag", () => {
  const lag = new ProcessorLag();
  lag.timerFired(USUAL_LAG_MS, 0);
  assert.equal(lag.lagMs(0), 0);
});

Deno.test("the latest timer of late is the lag, until it is forgotten", () => {
  const lag = new ProcessorLag();
  lag.timerFired(80, 1_000);
  lag.timerFired(30, 1_100);
  assert.equal(lag.lagMs(1_100), 80);
  assert.equal(lag.lagMs(1_000 + LAG_WINDOW_MS), 0);
  lag.timerFired(30, 1_000 + LAG_WINDOW_MS);
  assert.equal(lag.lagMs(1_000 + LAG_WINDOW_MS), 30);
});

Deno.test("twice the lag is taken off, since sending and hearing of it may both have been late", () => {
  assert.equal(withoutLag(250, 100), 50);
  assert.equal(withoutLag(150, 100), 0);
  assert.equal(withoutLag(150, 0), 150);
});
