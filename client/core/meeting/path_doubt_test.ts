import assert from "node:assert/strict";
import { SimulatedTime } from "../testing/simulated_time.ts";
import { LEFTOVER_MS, NETWORK_CHANGE_GRACE_MS, PathDoubt } from "./path_doubt.ts";

function doubt(graceMs = NETWORK_CHANGE_GRACE_MS) {
  const time = new SimulatedTime();
  const wait = { signal: new AbortController().signal, scheduler: time };
  return { time, wait, doubt: new PathDoubt(graceMs, time.now) };
}

Deno.test("what is heard at once may be left over and proves nothing", async () => {
  const { time, doubt: path } = doubt();
  await time.advance(LEFTOVER_MS - 1);
  path.heard();
  assert.equal(path.recovered.aborted, false);
  await time.advance(1);
  path.heard();
  assert.equal(path.recovered.aborted, true);
});

Deno.test("the path has its time to prove itself", async () => {
  const { time, wait, doubt: path } = doubt();
  let confirmed = false;
  const confirming = path.confirmed(wait).then(() => confirmed = true);
  await time.advance(NETWORK_CHANGE_GRACE_MS - 1);
  assert.equal(confirmed, false);
  await time.advance(1);
  assert.equal(await confirming, true);
});

Deno.test("a path that was silent long enough gets no more time", async () => {
  const { time, wait, doubt: path } = doubt(0);
  await path.confirmed(wait);
  assert.equal(time.timers, 0);
});
