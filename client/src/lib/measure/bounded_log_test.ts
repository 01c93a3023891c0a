import assert from "node:assert/strict";
import { BoundedLog } from "./bounded_log.ts";

Deno.test("a log without room for another entry lets the oldest go and says so", () => {
  const log = new BoundedLog<number>(2);
  for (const entry of [1, 2, 3]) log.add(entry);
  assert.deepEqual(log.entries, [2, 3]);
  assert.equal(log.dropped, 1);
});
