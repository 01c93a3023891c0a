import assert from "node:assert/strict";
import { SimulatedTime } from "../testing/simulated_time.ts";
import { DeadlineError, wait, withDeadline } from "./deadline.ts";

Deno.test("a wait ends when its time has passed", async () => {
  const time = new SimulatedTime();
  let over = false;
  const waiting = wait(100, { signal: new AbortController().signal, scheduler: time })
    .then(() => over = true);
  await time.advance(99);
  assert.equal(over, false);
  await time.advance(1);
  await waiting;
});

Deno.test("a wait that is aborted leaves no timer", async () => {
  const time = new SimulatedTime();
  const abort = new AbortController();
  const waiting = wait(100, { signal: abort.signal, scheduler: time });
  abort.abort(new Error("enough"));
  await assert.rejects(waiting, /enough/);
  assert.equal(time.timers, 0);
});

Deno.test("a deadline passes on what comes in time, and leaves no timer", async () => {
  const time = new SimulatedTime();
  const { signal } = new AbortController();
  assert.equal(await withDeadline(Promise.resolve(7), 100, { signal, scheduler: time }), 7);
  const failed = withDeadline(Promise.reject(new Error("no")), 100, { signal, scheduler: time });
  await assert.rejects(failed, /no/);
  assert.equal(time.timers, 0);
});

Deno.test("a deadline that passes rejects, and a late rejection is handled", async () => {
  const time = new SimulatedTime();
  const late = Promise.withResolvers<never>();
  const { signal } = new AbortController();
  const waiting = withDeadline(late.promise, 100, { signal, scheduler: time });
  const rejected = assert.rejects(waiting, DeadlineError);
  await time.advance(100);
  await rejected;
  late.reject(new Error("late"));
  await time.advance(0);
});
