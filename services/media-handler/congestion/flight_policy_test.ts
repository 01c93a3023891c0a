import { strictEqual } from "node:assert/strict";
import {
  INITIAL_RTT_MS,
  MAX_QUEUEING_DELAY_MS,
  MAX_SUBSCRIBER_BYTES_IN_FLIGHT,
} from "../limits.ts";
import { boundedFlight, type FlightState } from "./flight_policy.ts";

const policy = boundedFlight({ maxBytes: 1_000, probeAfterMs: 1_000 });
const idle: FlightState = {
  bytesInFlight: 0,
  subscriberBytesInFlight: 0,
  oldestAgeMs: 0,
  baseRttMs: 40,
  quietMs: 0,
};

Deno.test("a stream flows up to its bytes and not beyond", () => {
  strictEqual(policy.admits({ ...idle, bytesInFlight: 900 }, 100), "admitted");
  strictEqual(policy.admits({ ...idle, bytesInFlight: 900 }, 101), "full");
});

Deno.test("a frame that is larger than the bound goes alone", () => {
  strictEqual(policy.admits(idle, 5_000), "admitted");
  strictEqual(policy.admits({ ...idle, bytesInFlight: 1 }, 5_000), "full");
});

Deno.test("all streams of a subscriber share a bound", () => {
  const full = { ...idle, subscriberBytesInFlight: MAX_SUBSCRIBER_BYTES_IN_FLIGHT };
  strictEqual(policy.admits(full, 1), "full");
  strictEqual(policy.resumes(full), false);
});

Deno.test("a frame that queues for too long stops the stream", () => {
  const late = (oldestAgeMs: number, baseRttMs?: number) => ({
    ...idle,
    bytesInFlight: 10,
    oldestAgeMs,
    baseRttMs,
  });
  strictEqual(policy.admits(late(40 + MAX_QUEUEING_DELAY_MS, 40), 1), "admitted");
  strictEqual(policy.admits(late(41 + MAX_QUEUEING_DELAY_MS, 40), 1), "late");
  strictEqual(policy.admits(late(INITIAL_RTT_MS + MAX_QUEUEING_DELAY_MS), 1), "admitted");
  strictEqual(policy.admits(late(INITIAL_RTT_MS + MAX_QUEUEING_DELAY_MS + 1), 1), "late");
});

Deno.test("a stopped stream resumes when all is acknowledged", () => {
  strictEqual(policy.resumes({ ...idle, bytesInFlight: 1 }), false);
  strictEqual(policy.resumes(idle), true);
});

Deno.test("a stream on which nothing moves may send one frame to find out", () => {
  const quiet = { ...idle, bytesInFlight: 10, oldestAgeMs: 2_000, quietMs: 1_001 };
  strictEqual(policy.probes(quiet, 10), true);
  strictEqual(policy.probes({ ...quiet, quietMs: 999 }, 10), false);
  strictEqual(policy.probes({ ...quiet, bytesInFlight: 1_000 }, 10), false);
});
