import assert from "node:assert/strict";
import { depart, HAND_OVER_LIMIT_MS } from "./departure.ts";
import { createLogger } from "./log.ts";

const log = createLogger("test");

/** Leaves a process that `emptyAtMs` is the time of; returns what was called when. */
async function leave(
  options: { drainMs: number; emptyAtMs: number; away?: boolean; handedOverAtMs?: number },
): Promise<[number, string][]> {
  let nowMs = 0;
  const calls: [number, string][] = [];
  const call = (what: string) => () => {
    calls.push([nowMs, what]);
    return options.away ? Promise.reject(new TypeError("refused")) : Promise.resolve();
  };
  await depart({
    announce: call("draining"),
    deregister: call("deregister"),
    handOver: () => Promise.resolve(nowMs >= (options.handedOverAtMs ?? 0)),
    isEmpty: () => nowMs >= options.emptyAtMs,
    drainMs: options.drainMs,
    log,
    now: () => nowMs,
    wait: (ms) => {
      nowMs += ms;
      return Promise.resolve();
    },
  });
  return calls;
}

Deno.test("a process with nobody in it says that it drains and leaves at once", async () => {
  assert.deepEqual(await leave({ drainMs: 60_000, emptyAtMs: 0 }), [
    [0, "draining"],
    [0, "deregister"],
  ]);
});

Deno.test("a draining process stays known until the last one has left", async () => {
  assert.deepEqual(await leave({ drainMs: 60_000, emptyAtMs: 4_900 }), [
    [0, "draining"],
    [2_000, "draining"],
    [4_000, "draining"],
    [5_000, "deregister"],
  ]);
});

Deno.test("it waits for nobody longer than it was told", async () => {
  const calls = await leave({ drainMs: 3_100, emptyAtMs: Infinity });
  assert.deepEqual(calls.at(-1), [3_100, "deregister"]);
});

Deno.test("a global controller that is away holds nobody up", async () => {
  const calls = await leave({ drainMs: 0, emptyAtMs: Infinity, away: true });
  assert.deepEqual(calls, [[0, "draining"], [0, "deregister"]]);
});

Deno.test("a process that is not to wait for anybody still hands over what it has", async () => {
  const calls = await leave({ drainMs: 0, emptyAtMs: 1_000, handedOverAtMs: 1_100 });
  assert.deepEqual(calls.at(-1), [1_250, "deregister"]);
});

Deno.test("what cannot be handed over holds nobody up for long", async () => {
  const calls = await leave({ drainMs: 0, emptyAtMs: Infinity, handedOverAtMs: Infinity });
  assert.deepEqual(calls.at(-1), [HAND_OVER_LIMIT_MS, "deregister"]);
});
