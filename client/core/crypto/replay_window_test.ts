import assert from "node:assert/strict";
import fc from "fast-check";
import { propertyRuns } from "../../../proto/testing/property_runs.ts";
import { REPLAY_WINDOW_COUNTERS, ReplayWindow } from "./replay_window.ts";

Deno.test("a counter is accepted once, also late and out of order", () => {
  const window = new ReplayWindow();
  for (const counter of [0, 5, 3, 4, 1]) assert.ok(window.accept(counter));
  for (const counter of [0, 1, 3, 4, 5]) assert.equal(window.accept(counter), false);
  assert.ok(window.accept(2));
});

Deno.test("a counter more than the window behind is refused, seen or not", () => {
  const window = new ReplayWindow();
  assert.ok(window.accept(REPLAY_WINDOW_COUNTERS));
  assert.ok(window.accept(1));
  assert.equal(window.accept(0), false);
});

Deno.test("asking changes nothing", () => {
  const window = new ReplayWindow();
  assert.ok(window.mayAccept(9));
  assert.ok(window.mayAccept(9));
  assert.ok(window.accept(9));
  assert.equal(window.mayAccept(9), false);
});

Deno.test("it agrees with a set of all counters seen", () => {
  const step = fc.oneof(
    fc.integer({ min: -1100, max: 40 }),
    fc.integer({ min: -3, max: 3 }),
    fc.integer({ min: 900, max: 3000 }),
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
      const window = new ReplayWindow();
      const seen = new Set<number>();
      let highest = -1;
      for (const difference of steps) {
        const counter = Math.max(0, highest + difference);
        const expected = !seen.has(counter) && highest - counter < REPLAY_WINDOW_COUNTERS;
        assert.equal(window.accept(counter), expected);
        if (expected) seen.add(counter);
        highest = Math.max(highest, expected ? counter : highest);
      }
    }),
    propertyRuns(500),
  );
});
