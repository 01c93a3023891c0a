import assert from "node:assert/strict";
import { FAULTS, planFaults } from "./fault_plan.ts";

const TEN_MINUTES_MS = 600_000;

Deno.test("a seed has one plan, and another seed another", () => {
  assert.deepEqual(planFaults(1, TEN_MINUTES_MS), planFaults(1, TEN_MINUTES_MS));
  assert.notDeepEqual(planFaults(1, TEN_MINUTES_MS), planFaults(2, TEN_MINUTES_MS));
});

Deno.test("one fault is over before the next, and the last before the end", () => {
  for (let seed = 0; seed < 50; seed++) {
    let freeAtMs = 0;
    for (const { atMs, forMs } of planFaults(seed, TEN_MINUTES_MS)) {
      assert.ok(atMs >= freeAtMs);
      freeAtMs = atMs + forMs;
    }
    assert.ok(freeAtMs <= TEN_MINUTES_MS);
  }
});

Deno.test("in ten minutes everything goes wrong at least twice", () => {
  for (let seed = 0; seed < 50; seed++) {
    const kinds = planFaults(seed, TEN_MINUTES_MS).map(({ kind }) => kind);
    for (const fault of FAULTS) {
      assert.ok(kinds.filter((kind) => kind === fault).length >= 2, `${fault} of seed ${seed}`);
    }
  }
});

Deno.test("a run that is too short has no faults", () => {
  assert.deepEqual(planFaults(1, 1_000), []);
});
