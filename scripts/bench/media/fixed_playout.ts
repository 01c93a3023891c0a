/** A frame of sound as it arrived; both on one clock, milliseconds. */
export interface ArrivedSound {
  readonly madeAtMs: number;
  readonly arrivedAtMs: number;
}

/** How long one frame sounds, milliseconds. */
export const SOUND_FRAME_MS = 20;
/** How long the assumed player holds sound back behind the fastest frame, milliseconds. */
export const PLAYOUT_BUFFER_MS = 60;

/**
 * The gaps that a player would have that neither adapts nor conceals: each frame is played when it was
 * made, plus the shortest way any frame took, plus {@link PLAYOUT_BUFFER_MS}; what comes later is
 * missing. Silence before the first and after the last frame does not count.
 */
export function soundGaps(
  frames: readonly ArrivedSound[],
): { readonly atMs: number; readonly durationMs: number }[] {
  const shortestMs = frames.reduce(
    (shortest, { madeAtMs, arrivedAtMs }) => Math.min(shortest, arrivedAtMs - madeAtMs),
    Infinity,
  );
  const delayMs = shortestMs + PLAYOUT_BUFFER_MS;
  const played = frames
    .filter(({ madeAtMs, arrivedAtMs }) => arrivedAtMs <= madeAtMs + delayMs)
    .map(({ madeAtMs }) => madeAtMs)
    .sort((a, b) => a - b);
  return played.flatMap((startMs, index) => {
    const endMs = (played[index - 1] ?? startMs) + SOUND_FRAME_MS;
    // Frames are made by a timer: less than half a frame between two is its unevenness.
    const durationMs = startMs - endMs;
    return durationMs < SOUND_FRAME_MS / 2 ? [] : [{ atMs: endMs + delayMs, durationMs }];
  });
}
