/**
 * The highest epoch heard of a meeting. Each ownership of a meeting has a higher one than those
 * before it, so that a controller which says a lower one has lost the meeting, whether it knows or
 * not, and is not believed.
 */
export class MeetingEpoch {
  readonly #onRise: (epoch: bigint) => void;
  #meetingId: string | undefined;
  #highest = 0n;

  constructor(onRise: (epoch: bigint) => void = () => {}) {
    this.#onRise = onRise;
  }

  get highest(): bigint {
    return this.#highest;
  }

  /** What is heard from now on is about this meeting. */
  concerns(meetingId: string): void {
    if (this.#meetingId === meetingId) return;
    this.#meetingId = meetingId;
    this.#highest = 0n;
  }

  /** Takes note of an epoch; false when a higher one was heard. */
  accept(epoch: bigint): boolean {
    if (epoch < this.#highest) return false;
    if (epoch > this.#highest) {
      this.#highest = epoch;
      this.#onRise(epoch);
    }
    return true;
  }
}
