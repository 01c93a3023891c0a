/** A frame of sound as it arrived. */
export interface ArrivedSound {
  /** Counts the frames that were made. */
  readonly number: number;
  /** When it was made and when it arrived, on one clock, milliseconds. */
  readonly madeAtMs: number;
  readonly arrivedAtMs: number;
}

/** How long one frame sounds, milliseconds. */
export const SOUND_FRAME_MS = 20;
/** How long the assumed player holds sound back behind the fastest frame, milliseconds. */
export const PLAYOUT_BUFFER_MS = 60;

/**
 * The gaps that a player would have that neither adapts nor conceals: what is on its way for longer
 * than the fastest frame and {@link PLAYOUT_BUFFER_MS} is missing. Silence before the first and after
 * the last frame does not count.
 */
export function soundGaps(
  frames: readonly ArrivedSound[],
): { readonly atMs: number; readonly durationMs: number }[] {
  const transitMs = ({ madeAtMs, arrivedAtMs }: ArrivedSound) => arrivedAtMs - madeAtMs;
  const shortestMs = frames.reduce((least, frame) => Math.min(least, transitMs(frame)), Infinity);
  const delayMs = shortestMs + PLAYOUT_BUFFER_MS;
  const played = frames
    .filter((frame) => transitMs(frame) <= delayMs)
    .sort((a, b) => a.number - b.number);
  return played.flatMap(({ number }, index) => {
    const before = played[index - 1];
    const missing = before === undefined ? 0 : number - before.number - 1;
    if (before === undefined || missing <= 0) return [];
    const atMs = before.madeAtMs + SOUND_FRAME_MS + delayMs;
    return [{ atMs, durationMs: missing * SOUND_FRAME_MS }];
  });
}
