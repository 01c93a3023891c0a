import assert from "node:assert/strict";
import { setImmediate } from "node:timers";
import fc from "fast-check";
import { propertyRuns } from "../../../proto/testing/property_runs.ts";
import { ManualClock } from "../testing/manual_clock.ts";
import { RivalOwners } from "../testing/rival_owners.ts";
import { InProcessOwnerTable } from "./in_process_owner_table.ts";
import { LEASE_TIMES } from "./lease_keeper.ts";

const RUN_MS = 30_000;
const STEP_MS = 50;
const MEETING_IDS = ["a", "b"];

/** Lets everything happen that is due by itself. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 3; turn++) await new Promise((resolve) => setImmediate(resolve));
}

/** Numbers below 1 from a seed, by a linear congruential generator (Numerical Recipes). */
function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

/** @returns how many epochs there were. */
async function compete(seed: number): Promise<number> {
  const clock = new ManualClock();
  await using rivals = new RivalOwners({
    table: new InProcessOwnerTable(clock),
    clock,
    times: LEASE_TIMES,
    random: seeded(seed),
    rivals: 3,
    meetingIds: MEETING_IDS,
  });
  let running = true;
  const run = rivals.run(RUN_MS).finally(() => running = false);
  run.catch(() => undefined);
  while (running) {
    await settle();
    rivals.check();
    clock.advance(STEP_MS);
    rivals.check();
  }
  await run;
  return rivals.epochs;
}

Deno.test("whatever is late or lost, no two controllers may acknowledge, and no epoch falls", async () => {
  let epochs = 0;
  await fc.assert(
    fc.asyncProperty(fc.nat(), async (seed) => {
      epochs += await compete(seed);
    }),
    propertyRuns(200),
  );
  assert.ok(epochs > 100, `meetings changed hands ${epochs} times only`);
});
