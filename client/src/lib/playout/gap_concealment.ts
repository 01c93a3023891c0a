import { extendedSample, findPeriod, PITCH_HISTORY_FRAMES } from "./pitch_extension.ts";

/** Frames over which real sound takes over after a concealed gap: 5 ms. */
export const RETURN_FADE_FRAMES = 240;

/**
 * Sound for a hole of `frames` frames between `last` and `next` (planar, one array per channel):
 * the last period repeated, fading to silence. The start of `next` is changed in place, so that it
 * takes over without a step.
 */
export function bridgeGap(
  last: readonly Float32Array[],
  frames: number,
  next: readonly Float32Array[],
): Float32Array<ArrayBuffer>[] {
  const [first] = last;
  if (!first || first.length < PITCH_HISTORY_FRAMES) {
    const silence = next.map(() => new Float32Array(frames));
    for (const samples of next) takeOver(samples, () => 0);
    return silence;
  }
  const period = findPeriod((offset) => first[first.length + offset] ?? 0);
  return next.map((following, channel) => {
    const samples = last[channel] ?? first;
    const past = (offset: number) => samples[samples.length + offset] ?? 0;
    takeOver(following, (index) => extendedSample(past, period, frames + index));
    return Float32Array.from({ length: frames }, (_, age) => extendedSample(past, period, age));
  });
}

/** Cross-fades from `before` into the start of `samples`. */
function takeOver(samples: Float32Array, before: (index: number) => number): void {
  const frames = Math.min(RETURN_FADE_FRAMES, samples.length);
  for (let index = 0; index < frames; index++) {
    const weight = (index + 0.5) / frames;
    samples[index] = (samples[index] ?? 0) * weight + before(index) * (1 - weight);
  }
}
