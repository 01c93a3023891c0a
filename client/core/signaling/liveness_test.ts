import assert from "node:assert/strict";
import { SimulatedTime } from "../testing/simulated_time.ts";
import { Liveness, PING_AFTER_SILENCE_MS, PING_INTERVAL_MS, SILENCE_LIMIT_MS } from "./liveness.ts";

function watch(answering: boolean) {
  const time = new SimulatedTime();
  const seen = { pings: 0, silences: 0 };
  const liveness: Liveness = new Liveness({
    now: time.now,
    scheduler: time,
    ping: () => {
      seen.pings++;
      if (answering) liveness.heard();
    },
    onSilence: () => seen.silences++,
  });
  liveness.start();
  return { time, seen, liveness };
}

Deno.test("a peer that only answers is pinged whenever it was silent, and never lost", async () => {
  const { time, seen } = watch(true);
  await time.advance(10 * PING_AFTER_SILENCE_MS);
  assert.deepEqual(seen, { pings: 10, silences: 0 });
});

Deno.test("a peer that speaks by itself is pinged only to know of this end", async () => {
  const { time, seen, liveness } = watch(true);
  for (let round = 0; round < 12; round++) {
    await time.advance(1_000);
    liveness.heard();
  }
  assert.deepEqual(seen, { pings: 12_000 / PING_INTERVAL_MS, silences: 0 });
});

Deno.test("a peer that answers no ping is lost once within three seconds", async () => {
  const { time, seen } = watch(false);
  await time.advance(SILENCE_LIMIT_MS - 1);
  assert.deepEqual(seen, { pings: 1, silences: 0 });
  await time.advance(1);
  assert.equal(seen.silences, 1);
  await time.advance(60_000);
  assert.equal(seen.silences, 1);
  assert.equal(time.timers, 0);
});

Deno.test("checks that a busy machine makes late do not put off the loss", () => {
  const lateMs = 100;
  const { checks, liveness, seen, clock } = watchByHand();
  liveness.start();
  while (clock.nowMs < SILENCE_LIMIT_MS) {
    clock.nowMs += checks.delayMs + lateMs;
    checks.next();
  }
  assert.equal(seen.silences, 1);
});

Deno.test("a process that slept asks before it takes the peer for lost", () => {
  const { checks, liveness, seen, clock } = watchByHand();
  liveness.start();
  clock.nowMs = 3_600_000;
  checks.next();
  assert.deepEqual(seen, { pings: 1, silences: 0 });
});

/** Looks only when told to, at any time. */
function watchByHand() {
  const clock = { nowMs: 0 };
  const seen = { pings: 0, silences: 0 };
  const checks = { delayMs: 0, next: () => {} };
  const liveness = new Liveness({
    now: () => clock.nowMs,
    scheduler: {
      after: (delayMs, callback) => {
        checks.delayMs = delayMs;
        checks.next = callback;
        return { [Symbol.dispose]: () => undefined };
      },
    },
    ping: () => seen.pings++,
    onSilence: () => seen.silences++,
  });
  return { clock, seen, checks, liveness };
}
