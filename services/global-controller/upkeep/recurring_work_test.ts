import assert from "node:assert/strict";
import { createLogger } from "../../runtime/log.ts";
import { RecurringWork } from "./recurring_work.ts";

const log = createLogger("test");

/** Work that is counted, and a clock that stands still. */
function counted(work: (time: number) => Promise<void> = () => Promise.resolve()) {
  const clock = { nowMs: 0 };
  const times: PromiseWithResolvers<void>[] = [];
  const timeOf = (index: number) => times[index] ??= Promise.withResolvers<void>();
  let count = 0;
  const recurring = new RecurringWork({
    name: "counted",
    intervalMs: 3_600_000,
    work: async () => {
      const time = count++;
      timeOf(time).resolve();
      await work(time);
    },
    log,
    now: () => clock.nowMs,
  });
  return { recurring, clock, done: (time: number) => timeOf(time).promise, count: () => count };
}

Deno.test("work is done at the start, and again with a request once an interval has passed", async () => {
  const { recurring, clock, done, count } = counted();
  const stop = new AbortController();
  const running = recurring.run(stop.signal);
  await done(0);
  // The first one has to have ended before the next can be woken.
  await new Promise((resolve) => setTimeout(resolve));
  recurring.requestArrived();
  assert.equal(count(), 1);
  clock.nowMs = 3_600_000;
  recurring.requestArrived();
  await done(1);
  stop.abort();
  await running;
  assert.equal(count(), 2);
});

Deno.test("work that fails is tried again", async () => {
  const { recurring, clock, done } = counted((time) =>
    time === 0 ? Promise.reject(new Error("the database is away")) : Promise.resolve()
  );
  const stop = new AbortController();
  const running = recurring.run(stop.signal);
  await done(0);
  await new Promise((resolve) => setTimeout(resolve));
  clock.nowMs = 3_600_000;
  recurring.requestArrived();
  await done(1);
  stop.abort();
  await running;
});

Deno.test("a stop waits for the work that is underway, and begins none", async () => {
  const underway = Promise.withResolvers<void>();
  const { recurring, done, count } = counted(() => underway.promise);
  const stop = new AbortController();
  const running = recurring.run(stop.signal);
  await done(0);
  stop.abort();
  underway.resolve();
  await running;
  assert.equal(count(), 1);
});
