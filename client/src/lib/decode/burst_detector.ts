/** A frame that comes earlier after the one before than this part of their distance is of a burst. */
const BURST_SHARE = 0.5;

/**
 * Tells which frames of a stream came in a burst, as after a stall of the network: that they wait for their
 * turn at the decoder says nothing about this machine.
 */
export class BurstDetector {
  #last: { readonly timestampUs: number; readonly atMs: number } | undefined;

  /** Whether the frame of this time, which arrives now (ms), is one of a burst: the first never is. */
  arrived(timestampUs: number, nowMs: number): boolean {
    const last = this.#last;
    this.#last = { timestampUs, atMs: nowMs };
    if (!last) return false;
    const distanceMs = (timestampUs - last.timestampUs) / 1_000;
    return nowMs - last.atMs < distanceMs * BURST_SHARE;
  }
}
