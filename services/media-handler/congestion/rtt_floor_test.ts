import { strictEqual } from "node:assert/strict";
import { RTT_FLOOR_WINDOW_MS, RttFloor } from "./rtt_floor.ts";

Deno.test("the floor is the smallest recent round trip", () => {
  const floor = new RttFloor();
  strictEqual(floor.floorMs, undefined);
  floor.add(80, 0);
  floor.add(40, 10);
  floor.add(120, 20);
  strictEqual(floor.floorMs, 40);
});

Deno.test("the floor follows a path that got longer for good", () => {
  const floor = new RttFloor();
  floor.add(40, 0);
  for (let nowMs = 100; nowMs <= RTT_FLOOR_WINDOW_MS; nowMs += 100) floor.add(340, nowMs);
  strictEqual(floor.floorMs, 340);
});
