import assert from "node:assert/strict";
import { GuidedClock, TIME_CALL_LIMIT_MS } from "./guided_clock.ts";
import { ManualClock } from "./testing/manual_clock.ts";

const MINUTE_MS = 60_000;

function start() {
  const machine = new ManualClock();
  const clock = new GuidedClock(machine);
  /** Somebody a minute ahead tells the time, half way through a call that takes so long. */
  const tell = (callMs: number) => {
    const askedAtMs = clock.now();
    const timeMs = machine.wallNow() + MINUTE_MS + callMs / 2;
    machine.advance(callMs);
    clock.learn(timeMs, askedAtMs);
  };
  return { machine, clock, tell };
}

Deno.test("who was told no time has the machine's", () => {
  const { machine, clock } = start();
  clock.learn(0, clock.now());
  assert.equal(clock.wallNow(), machine.wallNow());
});

Deno.test("the time that was told goes on with the monotonic clock", () => {
  const { machine, clock, tell } = start();
  tell(200);
  assert.equal(clock.wallNow(), machine.wallNow() + MINUTE_MS);
  machine.advance(5_000);
  assert.equal(clock.wallNow(), machine.wallNow() + MINUTE_MS);
  assert.equal(clock.now(), machine.now(), "what is measured is not touched");
});

Deno.test("an answer that was long on its way tells no time", () => {
  const { machine, clock, tell } = start();
  tell(TIME_CALL_LIMIT_MS + 10);
  assert.equal(clock.wallNow(), machine.wallNow());
});

Deno.test("the machine's own time of day may jump meanwhile", () => {
  const { machine, tell, clock } = start();
  tell(0);
  const expectedMs = clock.wallNow();
  machine.wallNow = () => 0;
  assert.equal(clock.wallNow(), expectedMs);
});
