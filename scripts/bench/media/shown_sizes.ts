import type { ShownPicture } from "../../../client/src/lib/measure/measurements.ts";

/**
 * Share of the time from `fromMs` to `toMs` in which a picture of at least this height was shown, 0 to
 * 1; each picture is shown until the next one.
 */
export function shareAtFullSize(
  shown: readonly ShownPicture[],
  height: number,
  fromMs: number,
  toMs: number,
): number {
  let fullMs = 0;
  shown.forEach((picture, index) => {
    if (picture.height < height) return;
    const untilMs = Math.min(shown[index + 1]?.atMs ?? toMs, toMs);
    fullMs += Math.max(0, untilMs - Math.max(picture.atMs, fromMs));
  });
  return fullMs / (toMs - fromMs);
}
