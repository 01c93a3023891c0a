import assert from "node:assert/strict";
import { depart } from "./departure.ts";
import { createLogger } from "./log.ts";

const log = createLogger("test");

/** Leaves a process that `emptyAtMs` is the time of; returns what was called when. */
async function leave(
  options: { drainMs: number; emptyAtMs: number; away?: boolean },
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
