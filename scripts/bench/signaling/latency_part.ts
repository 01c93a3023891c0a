import { type Figure, figure, quantile } from "../figure.ts";
import type { Progress } from "../suite.ts";
import { describeBusyTime, watchBusyTime } from "./busy_time.ts";
import { DEED_KINDS, DEED_SHARES } from "./deeds.ts";
import { pause } from "./entries.ts";
import { type ActResult, describeFailures, failuresOf } from "./load.ts";
import { LoadGenerator } from "./load_generator.ts";
import { SignalingStack } from "./signaling_stack.ts";

/** Sizes at which it is measured, in the order in which the meetings fill. */
const SIZES = [
  { meetings: 333, aimMs: 10, aim: "" },
  { meetings: 1_000, aimMs: 50, aim: "" },
] as const;
export const PEOPLE_EACH = 3;
/** Each does something every ten seconds. */
const DEEDS_PER_PERSON_S = 0.1;
const WARM_UP_MS = 3_000;
const DURATION_MS = 15_000;
export const JOIN_CONCURRENCY = 24;
/**
 * After the last join: people without media are called that after ten seconds, and everybody in
 * their meetings is told.
 */
export const SETTLING_MS = 12_000;
const SEED = 1;

/** How long it takes until an answer is there, and until the others know. */
export async function measureLatency(progress: Progress): Promise<Figure[]> {
  progress("latency: starting the services");
  await using signaling = await SignalingStack.start();
  await using generator = new LoadGenerator();
  const controller = signaling.controller();
  const pids = { ...signaling.controllerProcess(), generator: generator.pid };
  const figures: Figure[] = [];
  let meetings = 0;
  for (const size of SIZES) {
    const people = size.meetings * PEOPLE_EACH;
    progress(`latency: ${size.meetings} meetings with ${people} people`);
    const tickets = await signaling.createMeetings(size.meetings - meetings, PEOPLE_EACH);
    meetings = size.meetings;
    const pace = { concurrency: JOIN_CONCURRENCY };
    const joined = await generator.tell({ order: "join", controller, tickets, pace, seed: SEED });
    progress(`latency: joined, ${describeFailures(joined) || "all of them"}`);
    await pause(SETTLING_MS);
    const ratePerS = people * DEEDS_PER_PERSON_S;
    const act = (durationMs: number, seed: number) =>
      generator.tell({ order: "act", ratePerS, durationMs, seed });
    await act(WARM_UP_MS, SEED);
    const stop = await watchBusyTime(pids);
    const result = await act(DURATION_MS, SEED + 1);
    const busy = await stop();
    progress(`latency: ${describeKinds(result)}`);
    const conditions = `${size.meetings} meetings of ${PEOPLE_EACH}, each with two streams; ` +
      `${ratePerS.toFixed()} deeds/s (${describeShares()}) and a ping of each person every 1.6 s, Poisson, from the ` +
      `time due; ${describeBusyTime(busy)}; PostgreSQL with fsync, Redis, and one generator ` +
      "(256 UDP sockets shared by all sessions) on the same 2 cores";
    figures.push(...figuresOf(`${people} people`, result, size.aimMs, conditions));
    figures.push(
      figure(
        `${people} people, CPU of the controller`,
        busy.controller * 100,
        "% of a core",
        conditions,
      ),
      figure(
        `${people} people, failed`,
        failuresOf(result) + failuresOf(joined),
        "deeds",
        describeFailures(result) || conditions,
        { atMost: 0 },
      ),
    );
  }
  return figures;
}

function figuresOf(name: string, result: ActResult, aimMs: number, conditions: string): Figure[] {
  const answersMs = Object.values(result.answersMs).flat();
  const newsMs = Object.values(result.newsMs).flat();
  return [
    figure(`${name}, answer p50`, quantile(answersMs, 0.5), "ms", conditions),
    figure(`${name}, answer p99 (goal 50)`, quantile(answersMs, 0.99), "ms", conditions, {
      atMost: aimMs,
    }),
    figure(`${name}, others know p50`, quantile(newsMs, 0.5), "ms", conditions),
    figure(`${name}, others know p99 (goal 50)`, quantile(newsMs, 0.99), "ms", conditions, {
      atMost: aimMs,
    }),
  ];
}

function describeShares(): string {
  return DEED_KINDS.map((kind) => `${kind} ${Math.round(DEED_SHARES[kind] * 100)} %`).join(", ");
}

function describeKinds({ answersMs, newsMs }: ActResult): string {
  const both = (latenciesMs: readonly number[] = []) =>
    `${quantile(latenciesMs, 0.5).toFixed(1)}/${quantile(latenciesMs, 0.99).toFixed(1)}`;
  return "p50/p99 in ms of answers and news: " +
    DEED_KINDS.map((kind) => `${kind} ${both(answersMs[kind])} ${both(newsMs[kind])}`).join(", ");
}
