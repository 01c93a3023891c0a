import { type Figure, figure, quantile } from "../figure.ts";
import type { Progress } from "../suite.ts";
import { describeBusyTime, watchBusyTime } from "./busy_time.ts";
import { pause } from "./entries.ts";
import { JOIN_CONCURRENCY, SETTLING_MS } from "./latency_part.ts";
import { describeFailures, failuresOf } from "./load.ts";
import { LoadGenerator } from "./load_generator.ts";
import { SignalingStack } from "./signaling_stack.ts";

/** Meetings of so many; messages a second such that about as many events are delivered. */
const SIZES = [{ people: 100, ratePerS: 10 }, { people: 500, ratePerS: 2 }] as const;
const WARM_UP_MS = 2_000;
/** With pings and nothing else: what is not the broadcast's. */
const QUIET_MS = 5_000;
const DURATION_MS = 12_000;
const SEED = 1;

/** What it costs to tell everybody in a large meeting something, and how long it takes. */
export async function measureBroadcast(progress: Progress): Promise<Figure[]> {
  const figures: Figure[] = [];
  for (const { people, ratePerS } of SIZES) {
    progress(`broadcast: starting the services for a meeting of ${people}`);
    await using signaling = await SignalingStack.start();
    await using generator = new LoadGenerator();
    const controller = signaling.controller();
    const pids = { ...signaling.controllerProcess(), generator: generator.pid };
    const tickets = await signaling.createMeetings(1, people);
    const pace = { concurrency: JOIN_CONCURRENCY };
    const joined = await generator.tell({ order: "join", controller, tickets, pace, seed: SEED });
    progress(`broadcast: joined in ${(joined.elapsedMs / 1_000).toFixed(1)} s`);
    await pause(SETTLING_MS);
    const act = (durationMs: number) =>
      generator.tell({ order: "act", kind: "chat", ratePerS, durationMs, seed: SEED });
    await act(WARM_UP_MS);
    const stopQuiet = await watchBusyTime(pids);
    await pause(QUIET_MS);
    const quiet = await stopQuiet();
    const stop = await watchBusyTime(pids);
    const startedAtMs = performance.now();
    const result = await act(DURATION_MS);
    const busy = await stop();
    const quietMs = quiet.controller * (performance.now() - startedAtMs);
    const delivered = Object.values(result.newsMs).flat().length;
    const conditions = `meeting of ${people}, ${ratePerS} messages/s of 60 bytes by anybody, ` +
      `${delivered} events delivered, each over its own QUIC connection; ${
        describeBusyTime(busy)
      }; ` +
      `of that by the pings of ${people} ${Math.round(quiet.controller * 100)} %; ` +
      "receivers share one generator process, whose reading counts as latency, on the same 2 cores";
    figures.push(
      figure(
        `${people} people, CPU of the controller`,
        (busy.controllerMs - quietMs) * 1_000 / delivered,
        "µs/event",
        conditions,
      ),
      figure(
        `${people} people, last receiver p50`,
        quantile(result.lastNewsMs, 0.5),
        "ms",
        conditions,
      ),
      figure(
        `${people} people, last receiver p99`,
        quantile(result.lastNewsMs, 0.99),
        "ms",
        conditions,
      ),
      figure(
        `${people} people, failed`,
        failuresOf(joined) + failuresOf(result),
        "joins, messages",
        [joined, result].map(describeFailures).filter(Boolean).join("; ") || conditions,
        { atMost: 0 },
      ),
    );
  }
  return figures;
}
