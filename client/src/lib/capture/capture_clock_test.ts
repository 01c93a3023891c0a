import assert from "node:assert/strict";
import { CaptureClock, CLOCK_WINDOW_MS } from "./capture_clock.ts";

Deno.test("frames keep their distances on the worker's clock", () => {
  let now = 1_000;
  const clock = new CaptureClock(() => now);
  assert.equal(clock.at(500), 1_000_000);
  now += 40;
  assert.equal(clock.at(33_833), 1_033_333);
});

Deno.test("a frame that comes with less delay than the first corrects the clock", () => {
  let now = 1_000;
  const clock = new CaptureClock(() => now);
  clock.at(0);
  now += 10;
  assert.equal(clock.at(33_000), 1_010_000);
});

Deno.test("time always rises, through repeats and new tracks", () => {
  let now = 1_000;
  const clock = new CaptureClock(() => now);
  const times = [clock.at(10_000), clock.repeated()];
  clock.restart();
  now += 1;
  times.push(clock.at(9_000_000), clock.at(8_999_000));
  for (let i = 1; i < times.length; i++) assert.ok((times[i] ?? 0) > (times[i - 1] ?? 0));
});

Deno.test("a track that lost time at its source is back in step after the window", () => {
  let nowMs = 1_000;
  const clock = new CaptureClock(() => nowMs);
  assert.equal(clock.at(0), 1_000_000);
  // A second of sound was never captured, and the track counts samples.
  nowMs = 2_020;
  assert.equal(clock.at(20_000), 1_020_000);
  let last = 0;
  for (let ms = 20; ms <= CLOCK_WINDOW_MS + 600; ms += 20) {
    nowMs = 2_020 + ms;
    last = clock.at(20_000 + ms * 1_000);
  }
  assert.equal(last, nowMs * 1_000);
});
