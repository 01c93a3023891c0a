import { SILENCE_LIMIT_MS } from "../../../client/core/signaling/liveness.ts";
import { type Figure, figure, quantile } from "../figure.ts";
import type { Progress } from "../suite.ts";
import { describeBusyTime, watchBusyTime } from "./busy_time.ts";
import { pause } from "./entries.ts";
import { JOIN_CONCURRENCY, SETTLING_MS } from "./latency_part.ts";
import { describeFailures, failuresOf } from "./load.ts";
import { LoadGenerator } from "./load_generator.ts";
import { SignalingStack } from "./signaling_stack.ts";

const MEETINGS = 300;
const PEOPLE_EACH = 3;
/** Everybody is back within this time (the promise). */
const PROMISE_MS = 10_000;
const AIM_MS = 5_000;
const DEADLINE_MS = 30_000;
const SEED = 1;

/** How long people are away whose meeting controller was killed, beside a second one. */
export async function measureTakeover(progress: Progress): Promise<Figure[]> {
  progress("takeover: starting the services");
  await using signaling = await SignalingStack.start({ meetingControllers: 2 });
  await using generator = new LoadGenerator();
  const [killed, other] = [signaling.controller(0), signaling.controller(1)];
  const tickets = await signaling.createMeetings(MEETINGS, PEOPLE_EACH, 0);
  const pace = { concurrency: JOIN_CONCURRENCY };
  const order = { order: "join", controller: killed, tickets, pace, seed: SEED } as const;
  const joined = await generator.tell(order);
  await pause(SETTLING_MS);
  progress(`takeover: killing the controller of ${joined.latenciesMs.length} people`);
  const stop = await watchBusyTime({
    ...signaling.controllerProcess(1),
    generator: generator.pid,
  });
  const recovery = generator.tell({ order: "recover", controller: other, deadlineMs: DEADLINE_MS });
  const killedAtMs = Date.now();
  await signaling.stack.killService("meeting-controller");
  const result = await recovery;
  const busy = await stop();
  const backMs = result.backAtMs.map((atMs) => atMs - killedAtMs);
  const noticedMs = result.noticedAtMs.map((atMs) => atMs - killedAtMs);
  const conditions =
    `kill -9 with ${MEETINGS} meetings of ${PEOPLE_EACH}, from the kill; everyone pings each 1.6 s, ` +
    `notices after ${
      SILENCE_LIMIT_MS / 1_000
    } s of silence, goes to the other controller and tries ` +
    `each 250 ms; until the last one: ${describeBusyTime(busy)}; PostgreSQL with fsync, Redis, ` +
    "generator on the same 2 cores";
  return [
    figure("noticed, p50", quantile(noticedMs, 0.5), "ms", conditions),
    figure("back, p50", quantile(backMs, 0.5), "ms", conditions),
    figure("back, p99", quantile(backMs, 0.99), "ms", conditions, { atMost: AIM_MS }),
    figure("last one back", Math.max(...backMs), "ms", conditions, { atMost: PROMISE_MS }),
    figure(
      "takeover, not back",
      failuresOf(result) + failuresOf(joined),
      "people",
      [joined, result].map(describeFailures).filter(Boolean).join("; ") || conditions,
      { atMost: 0 },
    ),
  ];
}
