import assert from "node:assert/strict";
import { LossRatio } from "./loss_ratio.ts";

Deno.test("the loss ratio is the part of the expected that was not received", () => {
  const loss = new LossRatio(250);
  loss.take(100, 95);
  assert.equal(loss.value, 0.05);
  assert.equal(loss.observations, 100);
});

Deno.test("an older report changes nothing", () => {
  const loss = new LossRatio(250);
  loss.take(100, 95);
  loss.take(90, 90);
  assert.equal(loss.value, 0.05);
});

Deno.test("loss is forgotten over the packets of the memory", () => {
  const loss = new LossRatio(50);
  loss.take(50, 25);
  for (let expected = 55; expected <= 300; expected += 5) loss.take(expected, expected - 25);
  assert.ok(loss.value < 0.01, `${loss.value}`);
});

Deno.test("counts wrap around", () => {
  const loss = new LossRatio(250);
  loss.skipTo(2 ** 31 - 1, 2 ** 31 - 1);
  loss.skipTo(2 ** 32 - 10, 2 ** 32 - 20);
  loss.take(10, 2 ** 32 - 2);
  assert.equal(loss.observations, 20);
  assert.equal(loss.value, 0.1);
});

Deno.test("what was lost while nothing got through is left out", () => {
  const loss = new LossRatio(250);
  loss.take(100, 100);
  loss.skipTo(250, 110);
  loss.take(300, 160);
  assert.equal(loss.value, 0);
});
