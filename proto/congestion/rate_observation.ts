/** Part of the target that must be sent for the path to be tested by it, sound left out. */
const TESTED_PART = 0.65;

/** What is seen of a path at a report. */
export interface RateObservation {
  readonly nowMs: number;
  /** What waits, milliseconds. */
  readonly queueMs: number;
  /** The part of it that waits on the network rather than on this machine, milliseconds. */
  readonly networkQueueMs: number;
  /** Whether much of what was sent waits on this machine, so that the network's queue is one's own. */
  readonly isBacklogged: boolean;
  /** What arrives, or arrived while the path had no pause, if it is known. */
  readonly deliveredBps: number;
  /** Whether `deliveredBps` was measured without a pause: the path's own rate, not the sender's. */
  readonly isSaturated: boolean;
  /** Time that pieces take on the way against what they would at the target (`occupancy`). */
  readonly occupancy: number | undefined;
  /** Part of the packets that got lost in about the last second. */
  readonly lossRatio: number;
  /** The most that arrived in any short time lately; undefined before that is known. */
  readonly provenBps: number | undefined;
  /** What is sent, padding included. */
  readonly sentBps: number;
  /** What arrives of sound, which is sent whatever the target is. */
  readonly datagramBps: number;
}

/**
 * Whether `sentBps` show that a path carries `targetBps`, or does not. Sound is sent as it comes and
 * follows no target: the rest must fill what is left beside it.
 */
export function isTested(targetBps: number, sentBps: number, soundBps: number): boolean {
  return sentBps - soundBps >= TESTED_PART * (targetBps - soundBps);
}
