import { type Figure, figure, quantile } from "../figure.ts";
import type { Progress } from "../suite.ts";
import { ApiStack, STACK_MEETINGS } from "./api_stack.ts";
import { endMeetings } from "./history.ts";
import { failed, type Load, type LoadResult, type RequestKind, succeeded } from "./load.ts";
import { LoadGenerator } from "./load_generator.ts";
import { cpuMsOf, pinTo, processTree } from "./processes.ts";

/** The core of the global controller, and that of everything else. */
const SERVER_CORE = 0;
const OTHER_CORE = 1;
/** The latency within which a rate counts, of 95 of 100 requests, milliseconds. */
const GOAL_MS = 100;
/** Enough to keep the server busy without a rest. */
const SATURATING_CONNECTIONS = 32;
const SATURATION_MS = 2_000;
/** How long each rate is tried, milliseconds. */
const TRIAL_MS = 2_500;
/** Trials between half and a little more than what saturation brought: to some 7 %. */
const TRIALS = 3;
const LOWEST_SHARE = 0.5;
const HIGHEST_SHARE = 1.05;

/** How many requests a second the global controller answers on one core, and what each costs. */
export async function measureCapacity(progress: Progress): Promise<Figure[]> {
  progress("capacity: starting the services and filling their database");
  await using api = await ApiStack.start();
  await using generator = new LoadGenerator();
  const serverPid = api.stack.service("global-controller").pid;
  await pinTo(OTHER_CORE, [...await api.otherPids(), generator.pid]);
  await pinTo(SERVER_CORE, [serverPid]);
  const figures: Figure[] = [];
  const mix: [string, readonly RequestKind[]] = ["mix", api.kinds];
  for (const [name, kinds] of [...api.kinds.map((kind) => [kind.name, [kind]] as const), mix]) {
    progress(`capacity: ${name}`);
    const send = async (pace: Load["pace"], durationMs: number) => {
      await endMeetings(api.sql, api.organisationId);
      const { port, token } = api;
      return await generator.send({ port, tokens: [token], kinds, durationMs, pace, seed: 1 });
    };
    await send({ connections: SATURATING_CONNECTIONS }, SATURATION_MS / 2);
    const postgresPids = await api.postgresPids();
    const usage = async () => ({
      serverMs: await cpuMsOf(await processTree(serverPid)),
      postgresMs: await cpuMsOf(postgresPids),
    });
    const before = await usage();
    const saturated = await send({ connections: SATURATING_CONNECTIONS }, SATURATION_MS);
    const after = await usage();
    const count = succeeded(saturated);
    const reached = (count * 1_000) / saturated.elapsedMs;
    const sustained = await highestRate(reached, (ratePerS) => send({ ratePerS }, TRIAL_MS));
    const conditions =
      `${name}, the global controller on one core, all else on the other; ${STACK_MEETINGS} ` +
      "meetings, one organisation, fsync, Redis";
    const eachUs = (ms: number) => (ms * 1_000) / count;
    figures.push(
      figure(`${name} at p95 < ${GOAL_MS} ms`, sustained, "requests/s", conditions),
      figure(`${name} by 32 connections`, reached, "requests/s", conditions),
      figure(
        `${name}, CPU of the global controller`,
        eachUs(after.serverMs - before.serverMs),
        "µs/request",
        conditions,
      ),
      figure(
        `${name}, CPU of PostgreSQL`,
        eachUs(after.postgresMs - before.postgresMs),
        "µs/request",
        conditions,
      ),
      figure(`${name} failed`, failed(saturated), "requests", conditions, { atMost: 0 }),
    );
  }
  return figures;
}

/** The highest rate of a bisection that is served in time; 0 when not even half is. */
async function highestRate(
  reached: number,
  send: (ratePerS: number) => Promise<LoadResult>,
): Promise<number> {
  let served = 0;
  let low = LOWEST_SHARE;
  let high = HIGHEST_SHARE;
  for (let trial = 0; trial < TRIALS; trial++) {
    const share = (low + high) / 2;
    const result = await send(reached * share);
    const p95Ms = quantile(Object.values(result.latenciesMs).flat(), 0.95);
    if (p95Ms < GOAL_MS && failed(result) === 0) {
      served = reached * share;
      low = share;
    } else high = share;
  }
  return served;
}
