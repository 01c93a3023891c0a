import assert from "node:assert/strict";
import { Refusal } from "../meeting/refusal.ts";
import { ManualClock } from "../testing/manual_clock.ts";
import { UNMUTE_REQUEST_INTERVAL_MS, UnmuteRequests } from "./unmute_requests.ts";

Deno.test("one asks the same one every two seconds at most, and others meanwhile", () => {
  const clock = new ManualClock();
  const requests = new UnmuteRequests(clock);
  requests.check("anna", "ben");
  assert.throws(() => requests.check("anna", "ben"), Refusal);
  requests.check("anna", "cleo");
  requests.check("cleo", "ben");
  clock.advance(UNMUTE_REQUEST_INTERVAL_MS - 1);
  assert.throws(() => requests.check("anna", "ben"), Refusal);
  clock.advance(1);
  requests.check("anna", "ben");
});
