import type { Measurements } from "../../../client/src/lib/measure/measurements.ts";
import { quantile, windowStatistics } from "../../../client/src/lib/measure/window_statistics.ts";
import { type NetworkProfile, pathAt } from "../../../services/stack/network/network_profile.ts";
import type { DeliveryLog } from "./delivery_log.ts";
import type { MetricValues } from "./metric.ts";
import type { Phase } from "./phases.ts";
import { fullQualityBackMs, latencyBackMs, pictureBackMs, type Reference } from "./recovery.ts";
import { shareAtFullSize } from "./shown_sizes.ts";

/** What was shown and heard while a network's schedule ran. */
export interface MeasuredRun {
  readonly profile: NetworkProfile;
  /** Wall clock at which the schedule began, milliseconds since the epoch. */
  readonly startedAtMs: number;
  readonly measurements: Pick<Measurements, "shown" | "steps" | "gaps" | "stalls">;
  /** What the receiver's link delivered, by wall clock. */
  readonly deliveries: Pick<DeliveryLog, "rateBps">;
  /** Height of the pictures that were sent, pixels. */
  readonly fullHeight: number;
  /** What was measured on what, in words. */
  readonly conditions: string;
}

/** What was measured in one phase; of recoveries only what `before` says there is to reach. */
export function phaseValues(run: MeasuredRun, phase: Phase, before?: Phase): MetricValues {
  const [fromMs, toMs] = [run.startedAtMs + phase.fromMs, run.startedAtMs + phase.toMs];
  if (phase.name === "recovery") {
    return before ? recoveryValues(run, fromMs, toMs, referenceOf(run, before)) : {};
  }
  const sums = windowStatistics(run.measurements, fromMs, toMs);
  return {
    latencyP50Ms: sums.latencyP50Ms,
    latencyP99Ms: sums.latencyP99Ms,
    shownPerSecond: sums.shownPerSecond,
    longestFreezeMs: sums.longestFreezeMs,
    medianHeight: medianHeight(run, fromMs, toMs),
    fullSizeShare: 100 * shareAtFullSize(run.measurements.shown, run.fullHeight, fromMs, toMs),
    audibleGaps: sums.audibleGaps,
    longestGapMs: sums.longestGapMs,
    latenessP50Ms: sums.latenessP50Ms,
    lipSyncP50Ms: sums.lipSyncP50Ms,
    ...linkValues(run, phase),
  };
}

/** Time in a phase in which the measuring page or process itself stood still, milliseconds. */
export function stalledMs(run: MeasuredRun, { fromMs, toMs }: Phase): number {
  const { startedAtMs, measurements } = run;
  return windowStatistics(measurements, startedAtMs + fromMs, startedAtMs + toMs).stalledMs;
}

function recoveryValues(
  { measurements: { shown } }: MeasuredRun,
  fromMs: number,
  toMs: number,
  reference: Reference | undefined,
): MetricValues {
  return {
    pictureBackMs: pictureBackMs(shown, fromMs),
    latencyBackMs: reference && latencyBackMs(shown, fromMs, toMs, reference),
    fullQualityBackMs: reference && fullQualityBackMs(shown, fromMs, toMs, reference),
  };
}

/** Undefined when nothing was shown then. */
function referenceOf(run: MeasuredRun, before: Phase): Reference | undefined {
  const [fromMs, toMs] = [run.startedAtMs + before.fromMs, run.startedAtMs + before.toMs];
  const { latencyP50Ms, shownPerSecond } = windowStatistics(run.measurements, fromMs, toMs);
  const height = medianHeight(run, fromMs, toMs);
  if (latencyP50Ms === undefined || height === undefined) return undefined;
  return { latencyP50Ms, height, picturesPerSecond: shownPerSecond };
}

function medianHeight(run: MeasuredRun, fromMs: number, toMs: number): number | undefined {
  const inside = run.measurements.shown.filter(({ atMs }) => atMs >= fromMs && atMs < toMs);
  return quantile(inside.map(({ height }) => height), 0.5);
}

function linkValues(run: MeasuredRun, { fromMs, toMs }: Phase): MetricValues {
  const usedBps = run.deliveries.rateBps(run.startedAtMs + fromMs, run.startedAtMs + toMs);
  const { rateBps } = pathAt(run.profile, fromMs).down;
  return {
    linkUsedMbps: usedBps && usedBps / 1e6,
    ...(rateBps === undefined ? {} : { linkShare: usedBps && 100 * usedBps / rateBps }),
  };
}
