import { join } from "node:path";
import { buildPages } from "../pages_build.ts";
import { ROOT, Stack } from "../../services/stack/stack.ts";
import { type Figure, figure, quantile } from "./figure.ts";
import { measureForwarding } from "./forwarding.ts";
import { type JoinKind, measureJoins } from "./join_time.ts";
import { makeTemporaryDirectory } from "../../db/temporary_directory.ts";

const JOINS = 20;
/** The goal of the specification and our own aim for the median, milliseconds. */
const JOIN_GOAL_MS = 250;
const JOIN_AIM_MS = 120;
const FORWARDING_AIM_US = 45;

/** `deno task bench meeting`: joining in real browsers, forwarding by a real media handler. */
export async function measureMeeting(progress: (text: string) => void): Promise<Figure[]> {
  await buildPages(ROOT);
  const dataDirectory = await makeTemporaryDirectory();
  try {
    await using stack = await Stack.start({
      dataDirectory,
      env: { DT_RATE_LIMIT_PER_MINUTE: "100000" },
    });
    return [
      ...await measureForwardingFigures(stack, progress),
      ...await measureJoinFigures(stack, "warm", progress),
      ...await measureJoinFigures(stack, "cold", progress),
    ];
  } finally {
    await Deno.remove(join(dataDirectory), { recursive: true });
  }
}

async function measureForwardingFigures(
  stack: Stack,
  progress: (text: string) => void,
): Promise<Figure[]> {
  progress("forwarding: 1 publisher, 100 subscribers, 4 kB, 30 fps");
  const result = await measureForwarding(stack, {
    subscribers: 100,
    frameBytes: 4_000,
    framesPerSecond: 30,
    durationMs: 10_000,
  });
  const conditions = "1 to 100, 4 kB at 30 fps, loopback, load generator on the same machine";
  return [
    figure("media handler CPU per forwarded frame", result.cpuUsPerFrame, "µs", conditions, {
      atMost: FORWARDING_AIM_US,
    }),
    figure("frames delivered", result.delivered * 100, "%", conditions, { atLeast: 99 }),
    figure("forwarding latency p50", quantile(result.latenciesMs, 0.5), "ms", conditions),
    figure("forwarding latency p99", quantile(result.latenciesMs, 0.99), "ms", conditions),
    figure("media handler memory", result.residentBytes / 2 ** 20, "MiB", conditions),
  ];
}

async function measureJoinFigures(
  stack: Stack,
  kind: JoinKind,
  progress: (text: string) => void,
): Promise<Figure[]> {
  progress(`joining: ${JOINS} times from a ${kind} page`);
  const times = await measureJoins(stack, kind, JOINS);
  const conditions = `${kind} page, ${JOINS} joins, Chromium, loopback, end-to-end encrypted`;
  const firstFrames = times.map(({ firstFrame }) => firstFrame);
  return [
    figure(`join to first frame, ${kind}, median`, quantile(firstFrames, 0.5), "ms", conditions, {
      atMost: JOIN_AIM_MS,
    }),
    figure(`join to first frame, ${kind}, worst`, Math.max(...firstFrames), "ms", conditions, {
      atMost: JOIN_GOAL_MS,
    }),
    figure(
      `join to signaling, ${kind}, median`,
      quantile(times.map(({ signaling }) => signaling), 0.5),
      "ms",
      conditions,
    ),
    figure(
      `join to media authenticated, ${kind}, median`,
      quantile(times.map(({ media }) => media), 0.5),
      "ms",
      conditions,
    ),
  ];
}
