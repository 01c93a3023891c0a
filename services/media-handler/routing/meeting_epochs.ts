import type { Clock } from "../clock.ts";
import { EPOCH_MEMORY_MS, MAX_REMEMBERED_EPOCHS } from "../limits.ts";
import { RoutingError } from "./routing_error.ts";

interface RememberedEpoch {
  readonly epoch: bigint;
  /** When the owner was last heard of. */
  readonly usedAtMs: number;
}

/**
 * The highest epoch of an owner that each meeting had here. A meeting controller that lost its
 * meeting, and does not know it yet, may command nothing any more. Remembered for a while after the
 * meeting is over, since its old owner may wake up later than its participants leave.
 */
export class MeetingEpochs {
  readonly #clock: Clock;
  /** The one that was heard of longest ago first. */
  readonly #epochs = new Map<string, RememberedEpoch>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /**
   * The owner with this epoch commands something.
   *
   * @throws {RoutingError} "stale" when a higher one did before.
   */
  obey(meetingId: string, epoch: bigint): void {
    const known = this.#epochs.get(meetingId);
    if (known !== undefined && known.epoch > epoch) {
      throw new RoutingError("stale", `epoch ${epoch} of meeting ${meetingId} is over`);
    }
    this.#epochs.delete(meetingId);
    this.#epochs.set(meetingId, { epoch, usedAtMs: this.#clock.now() });
    if (this.#epochs.size > MAX_REMEMBERED_EPOCHS) {
      const [longestUnused] = this.#epochs.keys();
      this.#epochs.delete(longestUnused!);
    }
  }

  /** Forgets meetings that nobody has commanded for long, but those that `isRunning`. */
  forgetOld(isRunning: (meetingId: string) => boolean): void {
    const sinceMs = this.#clock.now() - EPOCH_MEMORY_MS;
    for (const [meetingId, { usedAtMs }] of this.#epochs) {
      if (usedAtMs > sinceMs) return;
      if (!isRunning(meetingId)) this.#epochs.delete(meetingId);
    }
  }
}
