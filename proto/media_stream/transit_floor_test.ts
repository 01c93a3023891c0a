import assert from "node:assert/strict";
import { FLOOR_WINDOW_MS, TransitFloor } from "./transit_floor.ts";

Deno.test("a transit is compared with the lowest one lately", () => {
  const floor = new TransitFloor();
  assert.equal(floor.rise(1_000, 0), 0);
  assert.equal(floor.rise(1_050, 10), 50);
  assert.equal(floor.rise(990, 20), 0);
  assert.equal(floor.rise(1_050, 30), 60);
});

Deno.test("a route that became longer is the new normal after two windows", () => {
  const floor = new TransitFloor();
  floor.rise(0, 0);
  assert.equal(floor.rise(100, FLOOR_WINDOW_MS), 100);
  assert.equal(floor.rise(100, 2 * FLOOR_WINDOW_MS), 0);
});
