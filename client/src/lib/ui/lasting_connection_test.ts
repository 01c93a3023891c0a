import assert from "node:assert/strict";
import type { ConnectionLevel } from "./connection_level.ts";
import { LastingConnection } from "./lasting_connection.ts";

/** The different levels that counted one after the other, each with the second in which it began to. */
function changes(...parts: [ConnectionLevel, seconds: number][]): [ConnectionLevel, number][] {
  const connection = new LastingConnection();
  const found: [ConnectionLevel, number][] = [];
  let second = 0;
  for (const [level, seconds] of parts) {
    for (let i = 0; i < seconds; i++, second++) {
      const counting = connection.observe(level, second * 1_000);
      if (counting !== (found.at(-1)?.[0] ?? "good")) found.push([counting, second]);
    }
  }
  return found;
}

Deno.test("a short dip is nothing to speak of", () => {
  assert.deepEqual(changes(["good", 5], ["weak", 4], ["good", 5], ["lost", 1], ["good", 9]), []);
});

Deno.test("weak is said after five seconds, good again after eight", () => {
  assert.deepEqual(changes(["weak", 10], ["good", 10]), [["weak", 5], ["good", 18]]);
});

Deno.test("a connection that comes and goes stays weak", () => {
  const changing: [ConnectionLevel, number][] = [["weak", 6], ["good", 4], ["weak", 3], [
    "good",
    5,
  ]];
  assert.deepEqual(changes(...changing), [["weak", 5]]);
});

Deno.test("lost is said sooner, and good follows on it directly", () => {
  assert.deepEqual(changes(["good", 2], ["lost", 10], ["good", 5]), [["lost", 4], ["good", 13]]);
});
