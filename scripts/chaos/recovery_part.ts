import { Redis } from "ioredis";
import { meetingStateKey } from "../../db/redis/meeting_state.ts";
import { AttendedMeeting } from "../../services/system_tests/failure/attended_meeting.ts";
import { FailingStack, type Target } from "../../services/system_tests/failure/failing_stack.ts";
import { eventually } from "../../services/system_tests/eventually.ts";
import { failedFigure, type Figure, figure, quantile } from "../bench/figure.ts";
import type { Progress } from "../bench/suite.ts";
import type { ChaosOptions } from "./chaos_options.ts";
import { PROCESSES_OF_A_KIND } from "./faults.ts";

/** Longest that a recovery is waited for, milliseconds. */
const PATIENCE_MS = 60_000;
/** From one recovery to the next fault, milliseconds: a lease, and a look at who is there. */
const CALM_MS = 3_500;

/** What one kill did, milliseconds. */
interface Recovery {
  readonly tookMs: number;
  readonly pauseMs: number;
}

interface Kind {
  readonly name: string;
  /** What has to be so again. */
  readonly what: string;
  readonly limitMs: number;
  /** Longest that pictures may pause meanwhile; undefined: it is what is measured. */
  readonly pauseLimitMs?: number;
  /** Breaks it; resolves when all is well again, and to how to clear up. */
  run(failing: FailingStack, meeting: AttendedMeeting): Promise<() => Promise<void>>;
}

const KINDS: readonly Kind[] = [
  {
    name: "meeting controller killed",
    what: "everybody is back",
    limitMs: 5_000,
    pauseLimitMs: 1_000,
    run: async (failing, meeting) => {
      const owner = failing.ownerOf(meeting.meetingId);
      const moment = meeting.mark();
      await failing.kill(owner);
      await meeting.untilBack(moment, PATIENCE_MS);
      return () => restart(failing, owner);
    },
  },
  {
    name: "media handler killed",
    what: "pictures flow between all",
    limitMs: 3_000,
    run: async (failing, meeting) => {
      const handler = failing.mediaHandlerOf(meeting.idOf("Ada"));
      await failing.kill(handler);
      await meeting.flows(PATIENCE_MS);
      return () => restart(failing, handler);
    },
  },
  {
    name: "global controller killed and started",
    what: "it answers",
    limitMs: 30_000,
    pauseLimitMs: 1_000,
    run: async (failing) => {
      await failing.kill({ name: "global-controller" });
      await failing.start({ name: "global-controller" });
      await eventually("the API answers", PATIENCE_MS, async () => {
        const response = await fetch(`${failing.url}/api/v1/regions`);
        await response.body?.cancel();
        return response.ok;
      });
      return () => Promise.resolve();
    },
  },
  {
    name: "Redis restarted empty",
    what: "the meeting is in there again",
    limitMs: 10_000,
    pauseLimitMs: 1_000,
    run: async (failing, meeting) => {
      await failing.stores.restartRedis();
      const redis = new Redis(failing.stores.redisUrl);
      try {
        const key = meetingStateKey(meeting.meetingId);
        await eventually("Redis has the meeting", PATIENCE_MS, async () => {
          return await redis.exists(key) === 1;
        });
      } finally {
        redis.disconnect();
      }
      return () => Promise.resolve();
    },
  },
  {
    name: "PostgreSQL crashed",
    what: "what moderators do is acknowledged",
    limitMs: 60_000,
    pauseLimitMs: 1_000,
    run: async (failing, meeting) => {
      const restarted = failing.stores.restartPostgres();
      await eventually("a moderator is answered", PATIENCE_MS, async () => {
        await meeting.muteAudio("Cid");
        return true;
      });
      await restarted;
      return () => Promise.resolve();
    },
  },
];

async function restart(failing: FailingStack, target: Target): Promise<void> {
  await failing.start(target);
  await failing.stack.service(target.name, target.region, target.instance).said("registered");
}

/** Breaks each thing so many times under a meeting of three, and tells how long each took to mend. */
export async function measureRecovery(
  progress: Progress,
  { kills }: ChaosOptions,
): Promise<Figure[]> {
  await using failing = await FailingStack.start({ mediaHandlers: PROCESSES_OF_A_KIND });
  await using meeting = await AttendedMeeting.start(failing);
  const figures: Figure[] = [];
  for (const kind of KINDS) {
    try {
      figures.push(...tell(kind, await breakOften(kind, kills, failing, meeting, progress)));
    } catch (error) {
      figures.push(failedFigure(kind.name, error));
    }
  }
  const violations = await meeting.assertInvariants().then(() => 0, (error) => {
    progress(String(error));
    return 1;
  });
  figures.push(
    figure("recovery: broken invariants", violations, "", "the logs of all sides", { atMost: 0 }),
  );
  return figures;
}

async function breakOften(
  kind: Kind,
  kills: number,
  failing: FailingStack,
  meeting: AttendedMeeting,
  progress: Progress,
): Promise<Recovery[]> {
  const recoveries: Recovery[] = [];
  for (let kill = 1; kill <= kills; kill++) {
    meeting.forgetPictures();
    const moment = meeting.mark();
    const clearUp = await kind.run(failing, meeting);
    const tookMs = performance.now() - moment.atMs;
    await meeting.flows();
    recoveries.push({ tookMs, pauseMs: meeting.longestPauseMs(moment) });
    await clearUp();
    await new Promise((resolve) => setTimeout(resolve, CALM_MS));
    await meeting.untilAgreed("all rosters are equal", PATIENCE_MS);
    progress(`${kind.name} ${kill} of ${kills}: ${Math.round(tookMs)} ms`);
  }
  return recoveries;
}

function tell(kind: Kind, recoveries: readonly Recovery[]): Figure[] {
  const conditions = `${recoveries.length} times, a meeting of three that send pictures`;
  const took = recoveries.map(({ tookMs }) => tookMs);
  const of = (what: string, values: readonly number[], part: number, limitMs?: number) =>
    figure(
      `${kind.name}: ${what}`,
      quantile(values, part),
      "ms",
      conditions,
      limitMs === undefined ? {} : { atMost: limitMs },
    );
  return [
    of(`${kind.what}, p50`, took, 0.5),
    of(`${kind.what}, p99`, took, 0.99, kind.limitMs),
    of(`${kind.what}, max`, took, 1),
    of("longest pause of pictures", recoveries.map((one) => one.pauseMs), 1, kind.pauseLimitMs),
  ];
}
