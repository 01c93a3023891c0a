import assert from "node:assert/strict";
import { ManualClock } from "../testing/manual_clock.ts";
import { Heartbeat, HEARTBEAT_LIMIT_MS } from "./heartbeat.ts";

function watch() {
  const clock = new ManualClock();
  let silences = 0;
  const heartbeat = new Heartbeat(clock, () => silences++);
  return { clock, heartbeat, silences: () => silences };
}

Deno.test("a client that says nothing for the limit is silent, once", () => {
  const { clock, silences } = watch();
  clock.advance(HEARTBEAT_LIMIT_MS - 1);
  assert.equal(silences(), 0);
  clock.advance(1);
  clock.advance(HEARTBEAT_LIMIT_MS);
  assert.equal(silences(), 1);
});

Deno.test("whatever is heard makes the limit begin anew", () => {
  const { clock, heartbeat, silences } = watch();
  clock.advance(HEARTBEAT_LIMIT_MS - 1);
  heartbeat.heard();
  clock.advance(HEARTBEAT_LIMIT_MS - 1);
  assert.equal(silences(), 0);
  clock.advance(1);
  assert.equal(silences(), 1);
});

Deno.test("a look that comes late says nothing about the client", () => {
  let nowMs = 0;
  const timers: (() => void)[] = [];
  let silences = 0;
  const clock = {
    now: () => nowMs,
    wallNow: () => nowMs,
    after: (_delayMs: number, action: () => void) => {
      timers.push(action);
      return () => undefined;
    },
  };
  new Heartbeat(clock, () => silences++);
  nowMs = HEARTBEAT_LIMIT_MS + 10_000;
  timers.shift()!();
  assert.equal(silences, 0, "the process was stopped for ten seconds");
  nowMs += HEARTBEAT_LIMIT_MS;
  timers.shift()!();
  assert.equal(silences, 1);
});

Deno.test("after its end nothing is silent any more", () => {
  const { clock, heartbeat, silences } = watch();
  heartbeat.stop();
  clock.advance(2 * HEARTBEAT_LIMIT_MS);
  assert.equal(silences(), 0);
});
