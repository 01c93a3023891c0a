import assert from "node:assert/strict";
import fc from "fast-check";
import { propertyRuns } from "../testing/property_runs.ts";
import { InFlightWindow, MAX_IN_FLIGHT_FRAMES } from "./in_flight_window.ts";

Deno.test("bytes are in flight until they are acknowledged", () => {
  const window = new InFlightWindow();
  window.sent(100, 0);
  window.sent(50, 10);
  assert.equal(window.bytesInFlight, 150);
  assert.equal(window.framesInFlight, 2);
  assert.equal(window.oldestAgeMs(30), 30);
  assert.ok(window.acknowledge(120, 40));
  assert.equal(window.bytesInFlight, 30);
  assert.equal(window.framesInFlight, 1);
  assert.equal(window.oldestAgeMs(40), 30);
  assert.ok(window.acknowledge(150, 60));
  assert.equal(window.oldestAgeMs(99), 0);
});

Deno.test("the round trip is that of the newest frame an acknowledgement covers", () => {
  const window = new InFlightWindow();
  window.sent(10, 0);
  window.sent(10, 80);
  window.acknowledge(20, 100);
  assert.equal(window.minimumRttMs, 20);
  assert.equal(window.smoothedRttMs, 20);
  window.sent(10, 100);
  window.acknowledge(30, 200);
  assert.equal(window.minimumRttMs, 20);
  assert.equal(window.smoothedRttMs, 30);
});

Deno.test("late and repeated acknowledgements change nothing; impossible ones are told", () => {
  const window = new InFlightWindow();
  window.sent(100, 0);
  assert.ok(window.acknowledge(60, 5));
  assert.ok(window.acknowledge(60, 6));
  assert.ok(window.acknowledge(10, 7));
  assert.equal(window.acknowledgedBytes, 60);
  assert.equal(window.acknowledge(101, 8), false);
  assert.equal(window.bytesInFlight, 40);
});

Deno.test("it agrees with a plain list of frames, and stays bounded", () => {
  const action = fc.oneof(
    fc.record({ sent: fc.integer({ min: 1, max: 5000 }) }),
    fc.record({ acknowledged: fc.double({ min: 0, max: 1, noNaN: true }) }),
  );
  fc.assert(
    fc.property(fc.array(action, { maxLength: 300 }), (actions) => {
      const window = new InFlightWindow();
      let sentBytes = 0;
      let acknowledgedBytes = 0;
      let frames: { end: number; sentAtMs: number }[] = [];
      actions.forEach((step, nowMs) => {
        if ("sent" in step) {
          sentBytes += step.sent;
          frames.push({ end: sentBytes, sentAtMs: nowMs });
          window.sent(step.sent, nowMs);
        } else {
          acknowledgedBytes = Math.max(
            acknowledgedBytes,
            Math.floor(sentBytes * step.acknowledged),
          );
          frames = frames.filter(({ end }) => end > acknowledgedBytes);
          assert.ok(window.acknowledge(acknowledgedBytes, nowMs));
        }
        assert.equal(window.bytesInFlight, sentBytes - acknowledgedBytes);
        assert.equal(window.framesInFlight, frames.length);
        assert.equal(window.oldestAgeMs(nowMs), frames[0] ? nowMs - frames[0].sentAtMs : 0);
      });
    }),
    propertyRuns(300),
  );
  const window = new InFlightWindow();
  for (let i = 0; i < 2 * MAX_IN_FLIGHT_FRAMES; i++) window.sent(1, i);
  assert.equal(window.framesInFlight, MAX_IN_FLIGHT_FRAMES);
  assert.equal(window.bytesInFlight, 2 * MAX_IN_FLIGHT_FRAMES);
  assert.ok(window.acknowledge(2 * MAX_IN_FLIGHT_FRAMES, 9999));
  assert.equal(window.framesInFlight, 0);
});
