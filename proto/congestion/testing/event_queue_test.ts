import assert from "node:assert/strict";
import fc from "fast-check";
import { propertyRuns } from "../../testing/property_runs.ts";
import { EventQueue } from "./event_queue.ts";

Deno.test("events run in order of time, and of scheduling at the same time", () => {
  fc.assert(
    fc.property(fc.array(fc.nat(50)), (times) => {
      const events = new EventQueue();
      const ran: (readonly [number, number])[] = [];
      times.forEach((atMs, order) => events.at(atMs, () => ran.push([atMs, order])));
      events.runUntil(50);
      assert.deepEqual(ran, ran.toSorted((a, b) => a[0] - b[0] || a[1] - b[1]));
      assert.equal(ran.length, times.length);
    }),
    propertyRuns(200),
  );
});

Deno.test("what comes after the end does not run", () => {
  const events = new EventQueue();
  const ran: number[] = [];
  events.every(10, 5, () => ran.push(events.nowMs));
  events.runUntil(30);
  assert.deepEqual(ran, [5, 15, 25]);
  assert.equal(events.nowMs, 30);
});
