/** Frames for which sound that goes on by itself keeps its loudness: 20 ms. */
export const EXTENSION_FULL_FRAMES = 960;
/** Frames after which it has faded to silence: 80 ms. */
export const EXTENSION_FRAMES = 3_840;
/** Frames of sound that are looked at to find its period: 20 ms. */
export const PITCH_HISTORY_FRAMES = 960;

/** Shortest and longest period: 400 Hz and 67 Hz at 48 kHz. */
const MINIMUM_PERIOD_FRAMES = 120;
const MAXIMUM_PERIOD_FRAMES = 720;
/** Piece of sound that is compared: 5 ms. */
const COMPARED_FRAMES = 240;
/** The first search compares every fourth sample at every fourth period. */
const SEARCH_STRIDE = 4;
/** Frames over which the step between two repetitions is evened out: 1 ms. */
const SEAM_FRAMES = 48;

/** A sample before the end of the sound: -1 is the last one. */
export type PastSample = (offset: number) => number;

/**
 * The period, in frames, with which the sound's last 20 ms repeat themselves best (waveform
 * substitution after Goodman et al., 1986).
 */
export function findPeriod(past: PastSample): number {
  let best = MINIMUM_PERIOD_FRAMES;
  let bestScore = -Infinity;
  const consider = (period: number, stride: number) => {
    const score = likeness(past, period, stride);
    if (score <= bestScore) return;
    bestScore = score;
    best = period;
  };
  for (
    let period = MINIMUM_PERIOD_FRAMES;
    period <= MAXIMUM_PERIOD_FRAMES;
    period += SEARCH_STRIDE
  ) consider(period, SEARCH_STRIDE);
  const coarse = best;
  bestScore = -Infinity;
  const from = Math.max(MINIMUM_PERIOD_FRAMES, coarse - SEARCH_STRIDE);
  const to = Math.min(MAXIMUM_PERIOD_FRAMES, coarse + SEARCH_STRIDE);
  for (let period = from; period <= to; period++) consider(period, 1);
  return best;
}

/** Sample number `age` after the end of the sound, if it went on with this period and faded. */
export function extendedSample(past: PastSample, period: number, age: number): number {
  if (age >= EXTENSION_FRAMES) return 0;
  const phase = age % period;
  // Each repetition begins where the one before ended.
  const step = phase < SEAM_FRAMES ? past(-1) - past(-1 - period) : 0;
  const joined = past(phase - period) + step * (1 - phase / SEAM_FRAMES);
  return joined * gainAt(age);
}

function gainAt(age: number): number {
  if (age < EXTENSION_FULL_FRAMES) return 1;
  return (EXTENSION_FRAMES - age) / (EXTENSION_FRAMES - EXTENSION_FULL_FRAMES);
}

function likeness(past: PastSample, period: number, stride: number): number {
  let product = 0;
  let energy = 0;
  for (let offset = -COMPARED_FRAMES; offset < 0; offset += stride) {
    const earlier = past(offset - period);
    product += past(offset) * earlier;
    energy += earlier * earlier;
  }
  return energy === 0 ? 0 : product / Math.sqrt(energy);
}
