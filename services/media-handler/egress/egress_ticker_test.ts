import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { ManualClock } from "../testing/manual_clock.ts";
import { EgressTicker } from "./egress_ticker.ts";

function start() {
  const clock = new ManualClock();
  return { clock, ticker: new EgressTicker(clock) };
}

/** A member that wants `next` milliseconds, one after the other. */
function makeMember(...next: number[]) {
  const calls: number[] = [];
  return { calls, tick: (nowMs: number) => (calls.push(nowMs), next.shift() ?? Infinity) };
}

Deno.test("a member is called when it is due, and again as it says", () => {
  const { clock, ticker } = start();
  const member = makeMember(5, 20);
  ticker.add(member, 10);
  clock.advance(100);
  deepStrictEqual(member.calls, [10, 15, 35]);
});

Deno.test("an earlier wish counts, a later one does not", () => {
  const { clock, ticker } = start();
  const member = makeMember();
  ticker.add(member, 50);
  ticker.add(member, 5);
  ticker.add(member, 80);
  clock.advance(100);
  deepStrictEqual(member.calls, [5]);
});

Deno.test("there is one timer for all, and none when nobody waits", () => {
  const { clock, ticker } = start();
  const members = [makeMember(), makeMember(), makeMember()];
  members.forEach((member, index) => ticker.add(member, 10 + index * 10));
  strictEqual(clock.pendingTimers, 1);
  clock.advance(100);
  deepStrictEqual(members.map(({ calls }) => calls), [[10], [20], [30]]);
  strictEqual(clock.pendingTimers, 0);
});

Deno.test("a member that was removed is not called, even by another of the same moment", () => {
  const { clock, ticker } = start();
  const second = makeMember();
  ticker.add({ tick: () => (ticker.remove(second), Infinity) }, 10);
  ticker.add(second, 10);
  clock.advance(100);
  deepStrictEqual(second.calls, []);
  strictEqual(clock.pendingTimers, 0);
});
