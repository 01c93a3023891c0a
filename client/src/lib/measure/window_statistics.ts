import { DISPLAY_LATENCY_MS } from "../playout/display_latency.ts";
import type { HeardStep, Measurements, ShownPicture } from "./measurements.ts";

/** Gaps up to this are not heard as such, milliseconds. */
export const AUDIBLE_GAP_MS = 60;
const FRAME_NUMBERS = 65_536;
/** Pictures this close to a step say how late the picture was then, milliseconds. */
const LIP_SYNC_NEIGHBOURHOOD_MS = 500;

/** What was measured in a window of time. Milliseconds; undefined where nothing was measured. */
export interface WindowStatistics {
  /** From painting to the animation frame that showed it. */
  readonly latencyP50Ms: number | undefined;
  readonly latencyP99Ms: number | undefined;
  /** Different pictures shown, a second. */
  readonly shownPerSecond: number;
  /** Different pictures painted at the sender, a second, by the stamps that were shown. */
  readonly paintedPerSecond: number | undefined;
  /** Time in which the page that measured stood still; what is late then says nothing of the meeting. */
  readonly stalledMs: number;
  /** Longest time in the window without a new picture. */
  readonly longestFreezeMs: number;
  /** How many pictures of each size were shown, such as `1280x720`. */
  readonly sizes: Readonly<Record<string, number>>;
  /** From the playing of a tone step to its leaving the audio graph, before the audio output. */
  readonly latenessP50Ms: number | undefined;
  readonly latenessP99Ms: number | undefined;
  readonly steps: number;
  /** Gaps in the sound over {@link AUDIBLE_GAP_MS} that began in the window. */
  readonly audibleGaps: number;
  readonly longestGapMs: number;
  /** How much later sound reached the ear than the pictures around it the eye; negative: earlier. */
  readonly lipSyncP50Ms: number | undefined;
  /** The value farthest from zero. */
  readonly lipSyncWorstMs: number | undefined;
}

/** Sums up what was measured from `fromMs` (included) to `toMs` (not included) of the wall clock. */
export function windowStatistics(
  { shown, steps, gaps, stalls }: Pick<Measurements, "shown" | "steps" | "gaps" | "stalls">,
  fromMs: number,
  toMs: number,
): WindowStatistics {
  const inside = <Entry extends { readonly atMs: number }>(entries: readonly Entry[]) =>
    entries.filter(({ atMs }) => atMs >= fromMs && atMs < toMs);
  const pictures = inside(shown);
  const heard = inside(steps);
  const silences = inside(gaps);
  const latencies = pictures.map(latencyMs);
  const latenesses = heard.map(({ latenessMs }) => latenessMs);
  const lipSync = lipSyncMs(heard, shown);
  return {
    latencyP50Ms: quantile(latencies, 0.5),
    latencyP99Ms: quantile(latencies, 0.99),
    shownPerSecond: pictures.length * 1_000 / (toMs - fromMs),
    paintedPerSecond: paintedPerSecond(pictures),
    stalledMs: inside(stalls).reduce((sum, { durationMs }) => sum + durationMs, 0),
    longestFreezeMs: longestStep([fromMs, ...pictures.map(({ atMs }) => atMs), toMs]),
    sizes: countSizes(pictures),
    latenessP50Ms: quantile(latenesses, 0.5),
    latenessP99Ms: quantile(latenesses, 0.99),
    steps: heard.length,
    audibleGaps: silences.filter(({ durationMs }) => durationMs > AUDIBLE_GAP_MS).length,
    longestGapMs: Math.max(0, ...silences.map(({ durationMs }) => durationMs)),
    lipSyncP50Ms: quantile(lipSync, 0.5),
    lipSyncWorstMs: lipSync.toSorted((a, b) => Math.abs(b) - Math.abs(a))[0],
  };
}

/** The value below which this share of the values lies (nearest rank); undefined without values. */
export function quantile(values: readonly number[], share: number): number | undefined {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)];
}

/** Numbers of pictures wrap at 65,536: 36 minutes at 30 a second, far more than any window. */
function paintedPerSecond(pictures: readonly ShownPicture[]): number | undefined {
  const [first, last] = [pictures[0], pictures.at(-1)];
  if (!first || !last || last.stampMs <= first.stampMs) return undefined;
  const painted = (last.frameNumber - first.frameNumber + FRAME_NUMBERS) % FRAME_NUMBERS;
  return painted * 1_000 / (last.stampMs - first.stampMs);
}

function latencyMs({ atMs, stampMs }: ShownPicture): number {
  return atMs - stampMs;
}

function longestStep(times: readonly number[]): number {
  return times.reduce(
    (longest, time, index) => Math.max(longest, time - (times[index - 1] ?? time)),
    0,
  );
}

function countSizes(pictures: readonly ShownPicture[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { width, height } of pictures) {
    const size = `${width}x${height}`;
    counts[size] = (counts[size] ?? 0) + 1;
  }
  return counts;
}

/** For each step, its lateness at the ear less that at the eye of the pictures around it (median). */
function lipSyncMs(steps: readonly HeardStep[], shown: readonly ShownPicture[]): number[] {
  return steps.flatMap(({ atMs, latenessMs, outputLatencyMs }) => {
    const around = shown.filter((picture) =>
      Math.abs(picture.atMs - atMs) <= LIP_SYNC_NEIGHBOURHOOD_MS
    );
    const pictureMs = quantile(around.map(latencyMs), 0.5);
    if (pictureMs === undefined) return [];
    return [latenessMs + outputLatencyMs - pictureMs - DISPLAY_LATENCY_MS];
  });
}
