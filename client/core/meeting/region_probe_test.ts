import assert from "node:assert/strict";
import { ScriptedSession } from "../testing/scripted_session.ts";
import { SimulatedTime } from "../testing/simulated_time.ts";
import { PROBE_DEADLINE_MS, type ProbedRegion, probeRegions } from "./region_probe.ts";

const regionOf = (region: string): ProbedRegion => ({
  region,
  probeUrls: [`https://${region}.test`, `https://${region}2.test`],
  certificateHashes: [],
});

/** Probes regions whose sessions are established after so many milliseconds; undefined: never. */
function probing(readyAfterMs: Record<string, number | undefined>, signal: AbortSignal) {
  const time = new SimulatedTime();
  const sessions: ScriptedSession[] = [];
  const result = probeRegions(Object.keys(readyAfterMs).map(regionOf), {
    connect: (url) => {
      const session = new ScriptedSession({ established: false });
      sessions.push(session);
      const delayMs = readyAfterMs[new URL(url).hostname.split(".")[0]!];
      if (delayMs !== undefined) time.after(delayMs, () => session.establish());
      return session;
    },
    signal,
    scheduler: time,
    now: time.now,
  });
  return { time, sessions, result };
}

Deno.test("a region's round trip is half of what a session takes to be ready", async () => {
  const { time, sessions, result } = probing({ near: 40, far: 120 }, new AbortController().signal);
  await time.advance(200);
  assert.deepEqual(await result, { near: 20, far: 60 });
  assert.ok(sessions.length >= 2 && sessions.every(({ closedByClient }) => closedByClient));
  assert.equal(time.timers, 0);
});

Deno.test("nobody waits for a region that does not answer", async () => {
  const { time, result } = probing({ near: 40, dead: undefined }, new AbortController().signal);
  await time.advance(PROBE_DEADLINE_MS);
  assert.deepEqual(await result, { near: 20 });
});

Deno.test("where there is one region, nothing is probed", async () => {
  const { sessions, result } = probing({ only: 10 }, new AbortController().signal);
  assert.deepEqual(await result, {});
  assert.equal(sessions.length, 0);
});

Deno.test("probing ends when nobody wants its outcome any more", async () => {
  const stop = new AbortController();
  const { time, result } = probing({ a: undefined, b: undefined }, stop.signal);
  const refused = assert.rejects(result, /not wanted/);
  stop.abort(new Error("not wanted"));
  await time.advance(0);
  await refused;
  assert.equal(time.timers, 0);
});
