/** Loss from which on the frame before is repeated, 0 to 1. */
export const LOSS_FOR_ONE = 0.005;
/** Loss from which on two frames are repeated, 0 to 1. */
export const LOSS_FOR_TWO = 0.04;
/** Datagrams that must have been reported before their loss means anything. */
export const MIN_LOSS_OBSERVATIONS = 50;
/**
 * Part of what the path is estimated to carry that sound with what it repeats may take: on a thin path
 * repetitions cost the delay, and by it the frames, that they are to save.
 */
export const MAX_SOUND_SHARE = 1 / 3;
/** Most frames of before that a datagram repeats for each stream. */
export const MAX_REDUNDANT_FRAMES = 2;

/** A path as far as repetitions are concerned. */
export interface RepeatingPath {
  /** Part of its datagrams that it loses, 0 to 1. */
  readonly lossRatio: number;
  /** Datagrams of which that was reported. */
  readonly observations: number;
  /** What it is estimated to carry, bits per second. */
  readonly estimateBps: number;
  /** What sound takes of it without repetitions, bits per second. */
  readonly soundBps: number;
}

/** How many frames of before each audio datagram repeats on a path (RFC 2198 on our wire). */
export function redundantFrames(path: RepeatingPath): number {
  const wanted = wantedByLoss(path);
  if (path.soundBps === 0) return wanted;
  const affordable = Math.floor((path.estimateBps * MAX_SOUND_SHARE) / path.soundBps) - 1;
  return Math.max(0, Math.min(wanted, affordable));
}

function wantedByLoss({ lossRatio, observations }: RepeatingPath): number {
  if (observations < MIN_LOSS_OBSERVATIONS) return 1;
  if (lossRatio >= LOSS_FOR_TWO) return MAX_REDUNDANT_FRAMES;
  return lossRatio >= LOSS_FOR_ONE ? 1 : 0;
}
