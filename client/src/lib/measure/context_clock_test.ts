import assert from "node:assert/strict";
import { ContextClock } from "./context_clock.ts";

Deno.test("a clock that was never observed tells nothing", () => {
  assert.equal(new ContextClock().wallMsOf(0), undefined);
  assert.equal(new ContextClock().contextMsOf(0), undefined);
});

Deno.test("late observations do not count", () => {
  const clock = new ContextClock();
  clock.observe(1_000, 51_009);
  clock.observe(2_000, 52_001);
  clock.observe(3_000, 53_200);
  assert.equal(clock.wallMsOf(4_000), 54_001);
  assert.equal(clock.contextMsOf(54_001), 4_000);
});

Deno.test("a context that stood still is followed once the observations of before are gone", () => {
  const clock = new ContextClock();
  clock.observe(0, 50_000);
  for (let time = 1_000; time <= 64_000; time += 1_000) clock.observe(time, time + 50_300);
  assert.equal(clock.wallMsOf(65_000), 115_300);
});
