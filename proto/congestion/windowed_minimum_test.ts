import assert from "node:assert/strict";
import fc from "fast-check";
import { propertyRuns } from "../testing/property_runs.ts";
import { WindowedMinimum } from "./windowed_minimum.ts";

Deno.test("without values the minimum is infinite", () => {
  assert.equal(new WindowedMinimum(1_000, 4).value, Infinity);
});

Deno.test("a low value is forgotten once it has left the window", () => {
  const minimum = new WindowedMinimum(1_000, 4);
  minimum.add(5, 0);
  minimum.add(9, 700);
  assert.equal(minimum.value, 5);
  minimum.add(9, 1_100);
  assert.equal(minimum.value, 9);
});

Deno.test("values may be negative, and so may times", () => {
  const minimum = new WindowedMinimum(1_000, 4);
  minimum.add(-3, -2_000);
  assert.equal(minimum.value, -3);
  minimum.add(7, -500);
  assert.equal(minimum.value, 7);
});

Deno.test("the minimum is that of a window between the given one and a slot less", () => {
  const step = fc.record({ value: fc.integer(), waitMs: fc.nat(300) });
  fc.assert(
    fc.property(fc.array(step, { minLength: 1 }), (steps) => {
      const minimum = new WindowedMinimum(1_000, 5);
      const taken: { value: number; atMs: number }[] = [];
      let nowMs = 0;
      for (const { value, waitMs } of steps) {
        nowMs += waitMs;
        minimum.add(value, nowMs);
        taken.push({ value, atMs: nowMs });
      }
      const lowestSince = (ageMs: number) =>
        Math.min(...taken.filter(({ atMs }) => atMs > nowMs - ageMs).map(({ value }) => value));
      assert.ok(minimum.value >= lowestSince(1_001));
      assert.ok(minimum.value <= lowestSince(800));
    }),
    propertyRuns(200),
  );
});
