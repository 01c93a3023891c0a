import { ok, strictEqual } from "node:assert/strict";
import { WakeTimer } from "./wake_timer.ts";

/** Milliseconds by which a busy machine may be late. */
const MACHINE_LATENESS_MS = 50;
/** A deadline that no test waits for, milliseconds. */
const FAR_MS = 60_000;

/** The time at which a timer wakes that was given these deadlines, milliseconds from now. */
async function wakesAfterMs(...deadlinesMs: number[]): Promise<number> {
  const woken = Promise.withResolvers<void>();
  const timer = new WakeTimer(woken.resolve);
  const startedAtMs = performance.now();
  for (const deadlineMs of deadlinesMs) timer.wakeBy(startedAtMs + deadlineMs);
  await woken.promise;
  timer.stop();
  return performance.now() - startedAtMs;
}

Deno.test("of many deadlines the earliest wakes, in whatever order they come", async () => {
  for (const deadlinesMs of [[20], [20, FAR_MS], [FAR_MS, 20]]) {
    const tookMs = await wakesAfterMs(...deadlinesMs);
    ok(tookMs > 18.5 && tookMs < 20 + MACHINE_LATENESS_MS, `${tookMs} ms`);
  }
});

Deno.test("a deadline that has passed wakes soon", async () => {
  ok(await wakesAfterMs(-5) < MACHINE_LATENESS_MS);
});

Deno.test("after a wake the next deadline counts, however late it is", async () => {
  let wakes = 0;
  const done = Promise.withResolvers<void>();
  const timer: WakeTimer = new WakeTimer(() => {
    if (++wakes === 3) done.resolve();
    else timer.wakeBy(performance.now() + 2);
  });
  timer.wakeBy(performance.now() + 1);
  await done.promise;
  strictEqual(wakes, 3);
});
