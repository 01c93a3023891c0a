import assert from "node:assert/strict";
import { JitterEstimator, MAXIMUM_TARGET_MS, MINIMUM_TARGET_MS } from "./jitter_estimator.ts";

function observe(
  estimator: JitterEstimator,
  from: number,
  packets: number,
  delayMs: (packet: number) => number,
): void {
  for (let packet = from; packet < from + packets; packet++) {
    estimator.observe(packet * 20 + delayMs(packet), packet * 20);
  }
}

Deno.test("even arrival needs the least delay, whatever the distance of the clocks", () => {
  const estimator = new JitterEstimator(20);
  observe(estimator, 0, 100, () => 123_456);
  assert.equal(estimator.targetMs, MINIMUM_TARGET_MS);
});

Deno.test("one packet in ten that is 100 ms late raises the delay to cover it", () => {
  const estimator = new JitterEstimator(20);
  observe(estimator, 0, 500, (packet) => packet % 10 === 0 ? 100 : 0);
  assert.ok(estimator.targetMs >= 120 && estimator.targetMs <= 130, `${estimator.targetMs}`);
});

Deno.test("one packet in a hundred does not", () => {
  const estimator = new JitterEstimator(20);
  observe(estimator, 0, 500, (packet) => packet % 100 === 50 ? 100 : 0);
  assert.equal(estimator.targetMs, MINIMUM_TARGET_MS);
});

Deno.test("the delay has a bound and comes down again when the network calms", () => {
  const estimator = new JitterEstimator(20);
  observe(estimator, 0, 500, (packet) => packet % 3 * 200);
  assert.equal(estimator.targetMs, MAXIMUM_TARGET_MS);
  observe(estimator, 500, 3_000, () => 0);
  assert.equal(estimator.targetMs, MINIMUM_TARGET_MS);
});

Deno.test("a second in which all came late is forgotten two seconds after it", () => {
  const estimator = new JitterEstimator(20);
  observe(estimator, 0, 10, () => 0);
  observe(estimator, 10, 50, () => 800);
  assert.equal(estimator.targetMs, MAXIMUM_TARGET_MS);
  observe(estimator, 100, 101, () => 0);
  assert.equal(estimator.targetMs, MINIMUM_TARGET_MS);
});

Deno.test("a slower route becomes the new normal", () => {
  const estimator = new JitterEstimator(20);
  observe(estimator, 0, 500, () => 20);
  observe(estimator, 500, 3_000, () => 170);
  assert.equal(estimator.targetMs, MINIMUM_TARGET_MS);
});

Deno.test("when the sound ran out the delay rises at once to what was missing, and falls within seconds", () => {
  const estimator = new JitterEstimator(20);
  observe(estimator, 0, 500, () => 0);
  observe(estimator, 500, 1, () => 80);
  estimator.ranOut();
  assert.equal(estimator.targetMs, 100);
  observe(estimator, 501, 50, () => 0);
  assert.ok(estimator.targetMs > 60 && estimator.targetMs < 70, `${estimator.targetMs}`);
  observe(estimator, 551, 200, () => 0);
  assert.ok(estimator.targetMs < MINIMUM_TARGET_MS + 5, `${estimator.targetMs}`);
});

Deno.test("sound that runs out though all packets come in time gets a little more delay each time", () => {
  const estimator = new JitterEstimator(20);
  observe(estimator, 0, 500, () => 0);
  estimator.ranOut();
  const onceMs = estimator.targetMs;
  assert.ok(onceMs > MINIMUM_TARGET_MS && onceMs <= MINIMUM_TARGET_MS + 5, `${onceMs}`);
  estimator.ranOut();
  assert.ok(estimator.targetMs > onceMs);
  for (let times = 0; times < 100; times++) estimator.ranOut();
  assert.equal(estimator.targetMs, MAXIMUM_TARGET_MS);
});
