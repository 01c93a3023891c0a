import { deepEqual, equal, rejects } from "node:assert/strict";
import { ManualClock } from "../testing/manual_clock.ts";
import { ConcurrencyLimit, CrowdedError } from "./concurrency_limit.ts";

function start() {
  const clock = new ManualClock();
  const limit = new ConcurrencyLimit({ most: 2, waitLimitMs: 100, clock });
  const began: string[] = [];
  const run = (name: string) => {
    const { promise, resolve, reject } = Promise.withResolvers<string>();
    const result = limit.run(() => {
      began.push(name);
      return promise;
    });
    return { finish: () => resolve(name), fail: () => reject(new Error(name)), result };
  };
  return { clock, began, run };
}

Deno.test("as many run as may, and the others in their order as soon as one ends, well or badly", async () => {
  const { began, run } = start();
  const [a, b, c, d] = ["a", "b", "c", "d"].map(run) as [Run, Run, Run, Run];
  deepEqual(began, ["a", "b"]);
  b.finish();
  equal(await b.result, "b");
  deepEqual(began, ["a", "b", "c"]);
  a.fail();
  await rejects(a.result, /a/);
  deepEqual(began, ["a", "b", "c", "d"]);
  c.finish();
  d.finish();
  deepEqual(await Promise.all([c.result, d.result]), ["c", "d"]);
});

Deno.test("who waits too long gives up and leaves its place to others", async () => {
  const { clock, began, run } = start();
  const [a, b, c] = ["a", "b", "c"].map(run) as [Run, Run, Run];
  const refused = rejects(c.result, CrowdedError);
  clock.advance(100);
  await refused;
  const d = run("d");
  a.finish();
  await a.result;
  deepEqual(began, ["a", "b", "d"]);
  b.finish();
  d.finish();
  await Promise.all([b.result, d.result]);
});

type Run = ReturnType<ReturnType<typeof start>["run"]>;
