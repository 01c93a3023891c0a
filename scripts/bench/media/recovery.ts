import type { ShownPicture } from "../../../client/src/lib/measure/measurements.ts";
import { quantile } from "../../../client/src/lib/measure/window_statistics.ts";

/** How it was before the network got worse: what recovery has to reach. */
export interface Reference {
  readonly latencyP50Ms: number;
  /** Median height, pixels. */
  readonly height: number;
  readonly picturesPerSecond: number;
}

/** All has to be as it was for this long before it counts as such, milliseconds. */
export const SUSTAINED_MS = 1_000;
/** Latency that is higher by less is what it was: single runs differ by as much, milliseconds. */
export const LATENCY_TOLERANCE_MS = 25;
/** Share of the pictures a second that counts as all of them. */
export const RATE_TOLERANCE = 0.9;

/**
 * Time from `momentMs` to the first picture that was painted after it, milliseconds; undefined when none
 * came. Older ones that were stuck on the way may be shown before: they bring nobody back.
 */
export function pictureBackMs(
  shown: readonly ShownPicture[],
  momentMs: number,
): number | undefined {
  const first = shown.find(({ stampMs }) => stampMs >= momentMs);
  return first && first.atMs - momentMs;
}

/**
 * Time from `momentMs` until the median latency was what it was before, for a second at a stretch.
 *
 * @param endMs end of the measurement.
 * @returns milliseconds; undefined when it did not come to that.
 */
export function latencyBackMs(
  shown: readonly ShownPicture[],
  momentMs: number,
  endMs: number,
  reference: Reference,
): number | undefined {
  return sustainedAfter(shown, momentMs, endMs, (pictures) => {
    const latencyMs = quantile(pictures.map(({ atMs, stampMs }) => atMs - stampMs), 0.5);
    return latencyMs !== undefined && latencyMs <= reference.latencyP50Ms + LATENCY_TOLERANCE_MS;
  });
}

/** The same until the size of all pictures and their rate were what they were before. */
export function fullQualityBackMs(
  shown: readonly ShownPicture[],
  momentMs: number,
  endMs: number,
  reference: Reference,
): number | undefined {
  const enough = reference.picturesPerSecond * RATE_TOLERANCE * SUSTAINED_MS / 1_000;
  return sustainedAfter(
    shown,
    momentMs,
    endMs,
    (pictures) =>
      pictures.length >= enough && pictures.every(({ height }) => height >= reference.height),
  );
}

/** Time until the first picture from which on `good` holds for all pictures of a second. */
function sustainedAfter(
  shown: readonly ShownPicture[],
  momentMs: number,
  endMs: number,
  good: (pictures: readonly ShownPicture[]) => boolean,
): number | undefined {
  const after = shown.filter(({ atMs }) => atMs >= momentMs);
  for (const { atMs: fromMs } of after) {
    const toMs = fromMs + SUSTAINED_MS;
    if (toMs > endMs) return undefined;
    if (good(after.filter(({ atMs }) => atMs >= fromMs && atMs < toMs))) return fromMs - momentMs;
  }
  return undefined;
}
