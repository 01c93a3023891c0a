/**
 * The tones of the measuring sound, in hertz: one in each second of the wall clock, in this order. Far
 * enough apart to be told in 10 ms, and where Opus carries all voices.
 */
export const TONES_HZ: readonly number[] = [600, 1_000, 1_400, 1_800, 2_200];

/** How long each tone lasts, milliseconds. */
export const TONE_MS = 1_000;

/** How far ahead of the player's clock the listener's may be, milliseconds. */
const CLOCK_TOLERANCE_MS = 100;

/** Number of the tone that is played at this moment of the wall clock. */
export function toneAt(wallMs: number): number {
  return Math.floor(wallMs / TONE_MS) % TONES_HZ.length;
}

/**
 * When the step to `tone` was played that was heard at `heardAtMs`: the latest one before that, so sound
 * that is up to four seconds late is understood.
 */
export function stepPlayedAtMs(tone: number, heardAtMs: number): number {
  const latest = Math.floor((heardAtMs + CLOCK_TOLERANCE_MS) / TONE_MS);
  const back = (latest - tone) % TONES_HZ.length;
  return (latest - back) * TONE_MS;
}
