import assert from "node:assert/strict";
import { FramerateEstimate } from "./framerate_estimate.ts";

function capture(estimate: FramerateEstimate, framerate: number, fromMs: number, seconds: number) {
  const intervalMs = 1_000 / framerate;
  for (let index = 0; index <= seconds * framerate; index++) {
    const jitterMs = index % 2 === 0 ? 6 : -6;
    estimate.captured(fromMs + index * intervalMs + jitterMs);
  }
}

Deno.test("a camera counts as fast before it is known", () => {
  assert.equal(new FramerateEstimate().framerate, 30);
});

Deno.test("the rate of a camera is found in spite of jitter", () => {
  for (const framerate of [10, 15, 24, 30]) {
    const estimate = new FramerateEstimate();
    capture(estimate, framerate, 0, 3);
    assert.equal(estimate.framerate, framerate);
  }
});

Deno.test("a camera that slows down in the dark and recovers is followed", () => {
  const estimate = new FramerateEstimate();
  capture(estimate, 30, 0, 2);
  capture(estimate, 15, 2_100, 3);
  assert.equal(estimate.framerate, 15);
  capture(estimate, 30, 5_200, 3);
  assert.equal(estimate.framerate, 30);
});

Deno.test("a pause does not count as slow", () => {
  const estimate = new FramerateEstimate();
  capture(estimate, 30, 0, 2.5);
  capture(estimate, 30, 60_000, 0.6);
  assert.equal(estimate.framerate, 30);
});
