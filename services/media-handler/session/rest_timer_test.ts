import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { ManualClock } from "../testing/manual_clock.ts";
import { RestTimer } from "./rest_timer.ts";

function start() {
  const clock = new ManualClock();
  const woken: [name: string, atMs: number][] = [];
  const rests = new RestTimer(clock, 1_000);
  const rest = (name: string) => ({
    wake() {
      woken.push([name, clock.now()]);
      rests.remove(this);
    },
  });
  return { clock, woken, rests, rest };
}

Deno.test("what rests is woken after half the time at least and the whole at most", () => {
  const { clock, woken, rests, rest } = start();
  rests.add(rest("first"));
  clock.advance(499);
  rests.add(rest("late in the half"));
  clock.advance(200);
  rests.add(rest("next half"));
  clock.advance(2_000);
  deepStrictEqual(woken, [["first", 1_000], ["late in the half", 1_000], ["next half", 1_500]]);
  strictEqual(clock.pendingTimers, 0);
});

Deno.test("what wakes by itself, and what rests when all stops, is not woken", () => {
  const { clock, woken, rests, rest } = start();
  const [early, late, last] = [rest("early"), rest("late"), rest("last")];
  rests.add(early);
  rests.add(late);
  rests.add(last);
  rests.remove(early);
  clock.advance(600);
  rests.remove(late);
  rests.stop();
  clock.advance(5_000);
  deepStrictEqual(woken, []);
  strictEqual(clock.pendingTimers, 0);
});
