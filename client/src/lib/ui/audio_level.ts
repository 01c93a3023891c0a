/** Quieter than this is silence to the eye, in dB below full scale. */
const FLOOR_DB = -60;
/** As loud as this fills the meter. */
const CEILING_DB = -12;

/** Levels from here on count as speaking. */
export const SPEAKING_LEVEL = 0.25;

/**
 * Loudness of a piece of sound as a meter shows it.
 * @param samples PCM, −1 … 1
 * @returns 0 (silence) … 1, linear in decibels
 */
export function meterLevel(samples: Float32Array): number {
  let sum = 0;
  for (const sample of samples) sum += sample * sample;
  const rms = Math.sqrt(sum / Math.max(1, samples.length));
  if (rms === 0) return 0;
  const level = (20 * Math.log10(rms) - FLOOR_DB) / (CEILING_DB - FLOOR_DB);
  return Math.min(1, Math.max(0, level));
}
