/** Loss from which on the frame before is repeated, 0 to 1. */
export const LOSS_FOR_ONE = 0.005;
/** Loss from which on two frames are repeated, 0 to 1. */
export const LOSS_FOR_TWO = 0.04;
/** Datagrams that must have been reported before their loss means anything. */
export const MIN_LOSS_OBSERVATIONS = 50;
/** Most frames of before that a datagram repeats for each stream. */
export const MAX_REDUNDANT_FRAMES = 2;

/**
 * How many frames of before each audio datagram repeats on a path that loses `lossRatio` of its
 * datagrams, of which `observations` were reported (RFC 2198 on our wire).
 */
export function redundantFrames(lossRatio: number, observations: number): number {
  if (observations < MIN_LOSS_OBSERVATIONS) return 1;
  if (lossRatio >= LOSS_FOR_TWO) return MAX_REDUNDANT_FRAMES;
  return lossRatio >= LOSS_FOR_ONE ? 1 : 0;
}
