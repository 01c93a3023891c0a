import { RING_CHANNELS, type SampleRing } from "./sample_ring.ts";

/** Frames over which the two sides of a splice cross-fade: 5 ms. */
export const SPLICE_FADE_FRAMES = 240;
/** Shortest piece of sound that a stretch removes or repeats: 2.5 ms. */
export const MINIMUM_LAG_FRAMES = 120;
/** Longest such piece: 15 ms, a whole period of the lowest voices. */
export const MAXIMUM_LAG_FRAMES = 720;

/** Only every fourth sample is compared: pitch lies far below the frequencies that this loses. */
const SEARCH_STRIDE = 4;
/** Mean square below which sound counts as silence and any length fits. */
const SILENCE_MEAN_SQUARE = 1e-6;

/**
 * Finds the lag at which the sound at the read position looks most like itself `lag` frames later
 * (`direction` 1) or earlier (-1), so that a cut there is not heard (WSOLA, Verhelst and Roelands 1993).
 * `longest` frames at most, at least {@link MINIMUM_LAG_FRAMES}.
 */
export function findLag(
  ring: SampleRing,
  direction: 1 | -1,
  longest: number = MAXIMUM_LAG_FRAMES,
): number {
  const maximum = Math.min(MAXIMUM_LAG_FRAMES, Math.max(MINIMUM_LAG_FRAMES, longest));
  let bestLag = maximum;
  let bestScore = -Infinity;
  const energy = correlate(ring, 0);
  if (energy < SILENCE_MEAN_SQUARE * (SPLICE_FADE_FRAMES / SEARCH_STRIDE)) return bestLag;
  for (let lag = MINIMUM_LAG_FRAMES; lag <= maximum; lag += SEARCH_STRIDE) {
    const offset = direction * lag;
    const other = energyAt(ring, offset);
    const score = other === 0 ? 0 : correlate(ring, offset) / Math.sqrt(other);
    if (score > bestScore) {
      bestScore = score;
      bestLag = lag;
    }
  }
  return bestLag;
}

/**
 * Moves the read position by `lag` frames (negative: back, sound is repeated) and cross-fades from the
 * old continuation into the new one. Needs `lag` + {@link SPLICE_FADE_FRAMES} frames on the side it
 * moves to.
 */
export function splice(ring: SampleRing, lag: number): void {
  const before = new Float32Array(SPLICE_FADE_FRAMES);
  for (let channel = 0; channel < RING_CHANNELS; channel++) {
    ring.copy(channel, 0, before);
    for (let index = 0; index < SPLICE_FADE_FRAMES; index++) {
      const weight = (index + 0.5) / SPLICE_FADE_FRAMES;
      const after = ring.at(channel, lag + index);
      ring.set(channel, lag + index, (before[index] ?? 0) * (1 - weight) + after * weight);
    }
  }
  ring.advance(lag);
}

function correlate(ring: SampleRing, offset: number): number {
  let sum = 0;
  for (let index = 0; index < SPLICE_FADE_FRAMES; index += SEARCH_STRIDE) {
    sum += ring.at(0, index) * ring.at(0, index + offset);
  }
  return sum;
}

function energyAt(ring: SampleRing, offset: number): number {
  let sum = 0;
  for (let index = 0; index < SPLICE_FADE_FRAMES; index += SEARCH_STRIDE) {
    const value = ring.at(0, index + offset);
    sum += value * value;
  }
  return sum;
}
