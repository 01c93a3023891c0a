import { strictEqual } from "node:assert/strict";
import { ManualClock } from "../testing/manual_clock.ts";
import { KeyFrameGovernor } from "./key_frame_governor.ts";

function start() {
  const clock = new ManualClock();
  const asked: number[] = [];
  const governor = new KeyFrameGovernor(clock, () => asked.push(clock.now()));
  return { clock, asked, governor };
}

Deno.test("the first request asks at once", () => {
  const { governor, asked } = start();
  governor.request();
  strictEqual(asked.length, 1);
});

Deno.test("requests within the interval become one at its end", () => {
  const { governor, asked, clock } = start();
  governor.request();
  for (let i = 0; i < 10; i++) {
    clock.advance(20);
    governor.request();
  }
  strictEqual(asked.length, 1);
  clock.advance(50);
  strictEqual(asked.join(), "0,250");
});

Deno.test("a key frame that arrives meanwhile serves the waiting requests", () => {
  const { governor, asked, clock } = start();
  governor.request();
  clock.advance(10);
  governor.request();
  governor.keyFrameArrived();
  clock.advance(1_000);
  strictEqual(asked.length, 1);
});

Deno.test("a governor that ended leaves no timer behind", () => {
  const { governor, clock } = start();
  governor.request();
  governor.request();
  governor.end();
  strictEqual(clock.pendingTimers, 0);
});
