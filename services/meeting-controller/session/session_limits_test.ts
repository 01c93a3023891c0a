import assert from "node:assert/strict";
import { ManualClock } from "../testing/manual_clock.ts";
import { HEARTBEAT_LIMIT_MS } from "./heartbeat.ts";
import {
  AUTHENTICATION_LIMIT_MS,
  SessionLimits,
  UNSURE_AUTHENTICATION_LIMIT_MS,
} from "./session_limits.ts";
import { PREPARED_SESSION_LIFETIME_MS } from "./session_state.ts";

function open() {
  const clock = new ManualClock();
  const reached: string[] = [];
  const limits = new SessionLimits(clock, (reason) => reached.push(reason));
  return { clock, reached, limits };
}

Deno.test("what is under way has limits of its own, and the next try a whole new one", () => {
  const { clock, reached, limits } = open();
  limits.suspend();
  clock.advance(10 * AUTHENTICATION_LIMIT_MS);
  limits.renew();
  clock.advance(AUTHENTICATION_LIMIT_MS - 1);
  assert.deepEqual(reached, []);
  clock.advance(1);
  assert.equal(reached.length, 1);
});

Deno.test("who is told to try again may do so for a while, and not for ever", () => {
  const { clock, reached, limits } = open();
  for (let passedMs = 0; passedMs < UNSURE_AUTHENTICATION_LIMIT_MS - 1_000; passedMs += 1_000) {
    clock.advance(1_000);
    limits.allowRetry();
  }
  assert.deepEqual(reached, []);
  limits.allowRetry();
  clock.advance(1_000);
  assert.equal(reached.length, 1);
});

Deno.test("who is prepared may be silent until it should have joined", () => {
  const { clock, reached, limits } = open();
  limits.enter("prepared");
  clock.advance(PREPARED_SESSION_LIFETIME_MS - 1);
  assert.deepEqual(reached, []);
  clock.advance(1);
  assert.equal(reached.length, 1);
});

Deno.test("who waits or has joined may not be silent, and who has ended may", () => {
  for (const phase of ["waiting", "joined"] as const) {
    const { clock, reached, limits } = open();
    limits.enter(phase);
    clock.advance(HEARTBEAT_LIMIT_MS - 1);
    limits.heard();
    clock.advance(HEARTBEAT_LIMIT_MS - 1);
    assert.deepEqual(reached, []);
    clock.advance(1);
    assert.equal(reached.length, 1, phase);
  }
  const { clock, reached, limits } = open();
  limits.enter("joined");
  limits.enter("ended");
  clock.advance(PREPARED_SESSION_LIFETIME_MS);
  assert.deepEqual(reached, []);
});
