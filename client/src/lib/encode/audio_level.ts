/** The level of digital silence (RFC 6464). */
export const SILENT_LEVEL = 127;

/**
 * The sound level of one frame as RFC 6464 wants it: -dBov, 0 (as loud as it gets) to 127 (silence).
 * Takes planar samples from -1 to 1.
 */
export function audioLevel(channels: readonly Float32Array[]): number {
  let sum = 0;
  let count = 0;
  for (const samples of channels) {
    for (const sample of samples) sum += sample * sample;
    count += samples.length;
  }
  if (sum === 0) return SILENT_LEVEL;
  const level = -10 * Math.log10(sum / count);
  return Math.min(SILENT_LEVEL, Math.max(0, Math.round(level)));
}

const QUIETEST_SHOWN = 60;
const LOUDEST_SHOWN = 10;

/** A level for eyes: 0 at -60 dBov and below, 1 at -10 dBov and above, linear in decibels between. */
export function shownLevel(level: number): number {
  const share = (QUIETEST_SHOWN - level) / (QUIETEST_SHOWN - LOUDEST_SHOWN);
  return Math.min(1, Math.max(0, share));
}
