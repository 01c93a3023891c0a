import assert from "node:assert/strict";
import { busyShare, parseProcessorTimes } from "./machine_load.ts";

Deno.test("waiting for disks is idleness, all else is work", () => {
  const times = parseProcessorTimes("cpu  10 1 20 100 5 2 3 4 99 0\ncpu0 1 1 1 1\n");
  assert.deepEqual(times, { busy: 40, idle: 105 });
});

Deno.test("the busy share is of the time between two readings", () => {
  assert.equal(busyShare({ busy: 100, idle: 100 }, { busy: 175, idle: 125 }), 0.75);
  assert.equal(busyShare({ busy: 1, idle: 1 }, { busy: 1, idle: 1 }), 0);
});
