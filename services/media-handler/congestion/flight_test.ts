import { strictEqual } from "node:assert/strict";
import { LATENESS_CONFIRMATION_MS } from "../limits.ts";
import { Flight, SubscriberFlight } from "./flight.ts";
import { boundedFlight } from "./flight_policy.ts";

const policy = boundedFlight({ maxBytes: 1_000, probeAfterMs: 10_000 });

/** A flight with a base round trip of 40 ms and 100 bytes on the way since 1,000 ms. */
function start() {
  const shared = new SubscriberFlight();
  const flight = new Flight(policy, shared);
  flight.sent(100, 0);
  flight.acknowledge(100, 40);
  flight.sent(100, 1_000);
  return { flight, shared };
}

Deno.test("a hitch of the process is not taken for a full queue", () => {
  const { flight } = start();
  strictEqual(flight.admits(10, 1_500), true);
  flight.acknowledge(200, 1_501);
  strictEqual(flight.admits(10, 1_533), true);
});

Deno.test("a stream that stays late stops until all is acknowledged", () => {
  const { flight } = start();
  strictEqual(flight.admits(10, 1_500), true);
  strictEqual(flight.admits(10, 1_500 + LATENESS_CONFIRMATION_MS), false);
  strictEqual(flight.stopped, true);
  flight.acknowledge(199, 1_600);
  strictEqual(flight.admits(10, 1_600), false);
  flight.acknowledge(200, 1_700);
  strictEqual(flight.admits(10, 1_700), true);
});

Deno.test("what is in flight counts for the subscriber until acknowledged or released", () => {
  const { flight, shared } = start();
  const other = new Flight(policy, shared);
  other.sent(50, 1_000);
  strictEqual(shared.bytesInFlight, 150);
  flight.acknowledge(200, 1_010);
  strictEqual(shared.bytesInFlight, 50);
  other.release();
  other.acknowledge(50, 1_020);
  strictEqual(shared.bytesInFlight, 0);
});
