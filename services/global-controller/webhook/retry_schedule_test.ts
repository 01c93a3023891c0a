import assert from "node:assert/strict";
import { MAX_ATTEMPTS, retryDelayMs } from "./retry_schedule.ts";

Deno.test("waits grow from seconds to a day, and then it is over", () => {
  const delays = Array.from({ length: MAX_ATTEMPTS }, (_, index) => retryDelayMs(index + 1, 0));
  assert.deepEqual(delays.map((delayMs) => delayMs === undefined ? undefined : delayMs / 1_000), [
    5,
    300,
    1_800,
    7_200,
    18_000,
    36_000,
    50_400,
    72_000,
    86_400,
    undefined,
  ]);
});

Deno.test("a receiver may ask for more patience, of a day at most, and for no more haste", () => {
  assert.equal(retryDelayMs(1, 0, 60_000), 60_000);
  assert.equal(retryDelayMs(2, 0, 60_000), 300_000);
  assert.equal(retryDelayMs(1, 0, 1e12), 86_400_000);
  assert.equal(retryDelayMs(MAX_ATTEMPTS, 0, 60_000), undefined);
});

Deno.test("chance makes a wait at most a fifth longer", () => {
  assert.equal(retryDelayMs(1, 0.5), 5_500);
  assert.equal(retryDelayMs(1, 1), 6_000);
});
