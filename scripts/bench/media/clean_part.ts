import { networkPreset } from "../../../services/stack/network/network_presets.ts";
import { CLEAR_NETWORK } from "../../../services/stack/network/network_profile.ts";
import { type Figure, figure } from "../figure.ts";
import type { Progress } from "../suite.ts";
import { CLEAN_GAPS_PER_MINUTE_AIM, NETWORK_AIMS } from "./aims.ts";
import { attempt } from "./attempt.ts";
import { type BrowserRun, runInBrowsers } from "./browser_run.ts";
import { measureInstrument } from "./instrument_base.ts";
import { phaseValues } from "./measured_run.ts";
import type { Phase } from "./phases.ts";

const MEETING_MS = 60_000;
const INSTRUMENT_MS = 20_000;
const MINUTE_MS = 60_000;
const SUBJECT = "loopback";

/** Two browsers on a clear path: latency, sound, what the pages' main threads do; the instrument. */
export async function measureClean(progress: Progress): Promise<Figure[]> {
  const meeting = await attempt(
    `${SUBJECT}: two browsers for a minute`,
    progress,
    async () => meetingFigures(await runInBrowsers(CLEAR_NETWORK, MEETING_MS)),
  );
  return [
    ...meeting,
    ...await attempt(`${SUBJECT}: the instrument itself`, progress, measureInstrumentFigures),
  ];
}

function meetingFigures(run: BrowserRun): Figure[] {
  const phase: Phase = { name: "steady", fromMs: 0, toMs: MEETING_MS };
  const values = phaseValues(run, phase);
  const aims = NETWORK_AIMS.clean.steady ?? {};
  const { words } = networkPreset("clean");
  const conditions = `two browsers, ${words}, 1280x720 at 30 fps; ${run.conditions}`;
  const told = (name: string, value: number | undefined, unit: string, aim = {}) =>
    figure(`${SUBJECT}: ${name}`, value, unit, conditions, aim);
  const bounded = ({ atMost, atLeast }: { atMost?: number; atLeast?: number } = {}) => ({
    ...(atMost === undefined ? {} : { atMost }),
    ...(atLeast === undefined ? {} : { atLeast }),
  });
  const aMinute = MINUTE_MS / MEETING_MS;
  const gaps = run.measurements.gaps.filter(({ atMs }) =>
    atMs >= run.startedAtMs && atMs < run.startedAtMs + MEETING_MS
  );
  return [
    told("glass to glass p50", values.latencyP50Ms, "ms", bounded(aims.latencyP50Ms)),
    told("glass to glass p99", values.latencyP99Ms, "ms", bounded(aims.latencyP99Ms)),
    told("pictures shown", values.shownPerSecond, "/s", bounded(aims.shownPerSecond)),
    told("sound lateness p50", values.latenessP50Ms, "ms", bounded(aims.latenessP50Ms)),
    told("what the audio output adds to that", run.outputLatencyMs, "ms"),
    told("sound after picture p50", values.lipSyncP50Ms, "ms", bounded(aims.lipSyncP50Ms)),
    told("sound gaps over 20 ms", gaps.length * aMinute, "/min", CLEAN_GAPS_PER_MINUTE_AIM),
    told(
      "sound gaps over 60 ms",
      (values.audibleGaps ?? 0) * aMinute,
      "/min",
      CLEAN_GAPS_PER_MINUTE_AIM,
    ),
    told("main thread of the sender, a picture", run.sending.taskMs, "ms"),
    told("of which scripts, sender", run.sending.scriptMs, "ms"),
    told("main thread of the receiver, a picture", run.receiving.taskMs, "ms"),
    told("of which scripts, receiver", run.receiving.scriptMs, "ms"),
  ];
}

async function measureInstrumentFigures(): Promise<Figure[]> {
  const sums = await measureInstrument(INSTRUMENT_MS);
  const conditions = "one page that shows and plays what it makes, part of every figure above";
  const told = (name: string, value: number | undefined) =>
    figure(`instrument: ${name}`, value, "ms", conditions);
  return [
    told("glass to glass p50", sums.latencyP50Ms),
    told("glass to glass p99", sums.latencyP99Ms),
    told("sound lateness p50", sums.latenessP50Ms),
  ];
}
