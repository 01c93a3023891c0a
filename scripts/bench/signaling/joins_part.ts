import { type Figure, figure, quantile } from "../figure.ts";
import type { Progress } from "../suite.ts";
import { describeBusyTime, watchBusyTime } from "./busy_time.ts";
import { describeFailures, type EntryResult, failuresOf, type Pace } from "./load.ts";
import { LoadGenerator } from "./load_generator.ts";
import { SignalingStack } from "./signaling_stack.ts";

/** Before it is measured: code is compiled, connections and statements are made. */
const WARM_UP_MEETINGS = 60;
const MEETINGS = 200;
const PEOPLE_EACH = 3;
const RESUMES = 600;
/** Enough to keep the controller busy without a rest. */
const CONCURRENCY = 24;
/** Of what saturation brought: queues stay short. */
const CALM_SHARE = 0.5;
const SEED = 1;

/** How many join and resume a second, and how long each takes at half of that. */
export async function measureJoins(progress: Progress): Promise<Figure[]> {
  progress("joins: starting the services");
  await using signaling = await SignalingStack.start();
  await using generator = new LoadGenerator();
  const controller = signaling.controller();
  const pids = { ...signaling.controllerProcess(), generator: generator.pid };
  const join = async (meetings: number, pace: Pace) => {
    const tickets = await signaling.createMeetings(meetings, PEOPLE_EACH);
    return await generator.tell({ order: "join", controller, tickets, pace, seed: SEED });
  };
  const resume = (pace: Pace) =>
    generator.tell({ order: "resume", controller, people: RESUMES, pace, seed: SEED + 1 });

  const figures: Figure[] = [];
  const measure = async (
    name: string,
    what: string,
    enter: (pace: Pace) => Promise<EntryResult>,
  ) => {
    const run = async (pace: Pace) => {
      const stop = await watchBusyTime(pids);
      const result = await enter(pace);
      const busy = await stop();
      const count = result.latenciesMs.length;
      progress(
        `joins: ${count} in ${(result.elapsedMs / 1_000).toFixed(1)} s, ${
          describeBusyTime(busy)
        }; ` +
          `failed: ${describeFailures(result) || "none"}`,
      );
      return {
        count,
        result,
        perS: (count * 1_000) / result.elapsedMs,
        cpuMs: busy.controllerMs / count,
        conditions:
          `${count} ${what}; ${describeBusyTime(busy)}; everyone pings, PostgreSQL with ` +
          "fsync, Redis, generator and media handler on the same 2 cores",
      };
    };
    progress(`joins: ${name}s, ${CONCURRENCY} at a time`);
    const full = await run({ concurrency: CONCURRENCY });
    const ratePerS = full.perS * CALM_SHARE;
    progress(`joins: ${name}s, ${ratePerS.toFixed()} a second`);
    const calm = await run({ ratePerS });
    const calmly = `${ratePerS.toFixed()}/s, Poisson, from the time due, ${calm.conditions}`;
    const failed = failuresOf(full.result) + failuresOf(calm.result);
    const reasons = [full.result, calm.result].map(describeFailures).filter(Boolean).join("; ");
    figures.push(
      figure(`${name}s`, full.perS, `${name}s/s`, `${CONCURRENCY} at a time, ${full.conditions}`),
      figure(`${name}, CPU of the controller`, full.cpuMs, `ms/${name}`, full.conditions),
      figure(`${name} p50`, quantile(calm.result.latenciesMs, 0.5), "ms", calmly),
      figure(`${name} p99`, quantile(calm.result.latenciesMs, 0.99), "ms", calmly),
      figure(`${name}s failed`, failed, `${name}s`, reasons || calmly, { atMost: 0 }),
    );
  };
  await join(WARM_UP_MEETINGS, { concurrency: CONCURRENCY });
  await measure(
    "join",
    `joins of meetings of ${PEOPLE_EACH}: QUIC handshake, token, ownership, media registration, store`,
    (pace) => join(MEETINGS, pace),
  );
  await measure(
    "resume",
    "resumes after a lost connection: QUIC handshake, proof, store",
    resume,
  );
  return figures;
}
