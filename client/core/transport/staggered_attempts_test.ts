import assert from "node:assert/strict";
import { SimulatedTime } from "../testing/simulated_time.ts";
import { firstOf, STAGGER_MS } from "./staggered_attempts.ts";

function start() {
  const time = new SimulatedTime();
  const abort = new AbortController();
  const attempts: PromiseWithResolvers<string>[] = [];
  const signals: AbortSignal[] = [];
  const discarded: string[] = [];
  const outcome = firstOf({
    attempt: (signal) => {
      const attempt = Promise.withResolvers<string>();
      attempts.push(attempt);
      signals.push(signal);
      return attempt.promise;
    },
    discard: (won) => discarded.push(won),
    signal: abort.signal,
    scheduler: time,
  });
  outcome.catch(() => undefined);
  return { time, abort, attempts, signals, discarded, outcome };
}

Deno.test("a fresh attempt overtakes one that hangs, which is discarded when it comes", async () => {
  const { time, attempts, signals, discarded, outcome } = start();
  await time.advance(STAGGER_MS);
  assert.equal(attempts.length, 2);
  attempts[1]!.resolve("second");
  assert.equal(await outcome, "second");
  assert.equal(signals[0]!.aborted, true);
  attempts[0]!.resolve("first");
  await time.advance(10 * STAGGER_MS);
  assert.deepEqual(discarded, ["first"]);
  assert.equal(attempts.length, 2);
  assert.equal(time.timers, 0);
});

Deno.test("an attempt that fails while another is under way does not end the search", async () => {
  const { time, attempts, outcome } = start();
  await time.advance(STAGGER_MS);
  attempts[0]!.reject(new Error("refused"));
  await time.advance(0);
  attempts[1]!.resolve("second");
  assert.equal(await outcome, "second");
});

Deno.test("when all that began have failed there is no waiting", async () => {
  const { time, attempts, outcome } = start();
  attempts[0]!.reject(new Error("refused"));
  await assert.rejects(outcome, /refused/);
  await time.advance(0);
  assert.equal(time.timers, 0);
});

Deno.test("an abort ends all attempts with its reason", async () => {
  const { time, abort, attempts, signals, discarded, outcome } = start();
  abort.abort(new Error("leaving"));
  await assert.rejects(outcome, /leaving/);
  assert.equal(signals[0]!.aborted, true);
  attempts[0]!.resolve("late");
  await time.advance(0);
  assert.deepEqual(discarded, ["late"]);
  assert.equal(time.timers, 0);
});
