import { startTemporaryStack } from "../../../services/system_tests/temporary_stack.ts";
import type { Stack } from "../../../services/stack/stack.ts";
import { type Bound, type Figure, figure, quantile } from "../figure.ts";
import type { Progress } from "../suite.ts";
import { type JoinKind, measureJoins } from "../join_time.ts";
import { JOIN_P95_AT_40MS_AIMS } from "./aims.ts";
import { attempt } from "./attempt.ts";

const ROUND_TRIPS_MS = [0, 20, 40, 80] as const;
const AIMED_ROUND_TRIP_MS = 40;
const KINDS: readonly JoinKind[] = ["cold", "warm"];
const JOINS = 10;

/** From the click to the first picture, in browsers, with different ways to the servers. */
export async function measureJoinTimes(progress: Progress): Promise<Figure[]> {
  return await attempt("joins", progress, async () => {
    await using running = await startTemporaryStack({
      network: "clear",
      env: { DT_RATE_LIMIT_PER_MINUTE: "100000" },
    });
    const figures: Figure[] = [];
    for (const roundTripMs of ROUND_TRIPS_MS) {
      for (const kind of KINDS) {
        const name = `joins: ${kind} page, ${roundTripMs} ms round trip`;
        figures.push(
          ...await attempt(name, progress, () => joinFigures(running.stack, kind, roundTripMs)),
        );
      }
    }
    return figures;
  });
}

async function joinFigures(stack: Stack, kind: JoinKind, roundTripMs: number): Promise<Figure[]> {
  const { network } = stack;
  // Whoever is there already comes and stays on a clear path; only the joiner is far away.
  network.setProfile("clear", "newcomers");
  const times = await measureJoins(
    stack,
    kind,
    JOINS,
    () => network.setProfile(`${roundTripMs}ms`, "newcomers"),
  );
  const firstFrames = times.map(({ firstFrame }) => firstFrame);
  const conditions = `${kind} page, ${JOINS} joins, Chromium, ${roundTripMs} ms to all servers`;
  const name = (words: string) => `join to first picture, ${kind}, ${roundTripMs} ms: ${words}`;
  return [
    figure(name("p50"), quantile(firstFrames, 0.5), "ms", conditions),
    figure(name("p95"), quantile(firstFrames, 0.95), "ms", conditions, aimOf(kind, roundTripMs)),
  ];
}

function aimOf(kind: JoinKind, roundTripMs: number): Bound {
  return roundTripMs === AIMED_ROUND_TRIP_MS ? JOIN_P95_AT_40MS_AIMS[kind] : {};
}
