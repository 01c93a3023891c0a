import { ErrorCode } from "../../../proto/gen/dark_tower/signaling/v1/signaling_pb.ts";
import type { Clock } from "../clock.ts";
import { Refusal } from "../meeting/refusal.ts";
import type { Participant } from "../participant/participant.ts";

/** What somebody may say at once, bytes: a pasted text, or an hour of typing. */
export const TALK_BURST_BYTES = 256 * 1024;
/** What somebody may say for any length of time, bytes per second. */
export const TALK_BYTES_PER_SECOND = 16 * 1024;

interface Allowance {
  bytes: number;
  atMs: number;
}

/**
 * Bounds how much one participant says: everyone gets all of it, and who is told more than the
 * connection carries is put out as too slow. A thousand of the longest messages in a minute are
 * few messages and 16 MB.
 */
export class TalkAllowances {
  readonly #left = new WeakMap<Participant, Allowance>();

  constructor(private readonly clock: Pick<Clock, "now">) {}

  /**
   * Lets a content of so many bytes pass.
   *
   * @throws {Refusal} RATE_LIMITED: then it counts for nothing.
   */
  spend(speaker: Participant, bytes: number): void {
    const nowMs = this.clock.now();
    const before = this.#left.get(speaker) ?? { bytes: TALK_BURST_BYTES, atMs: nowMs };
    const earned = (nowMs - before.atMs) / 1_000 * TALK_BYTES_PER_SECOND;
    const left = Math.min(TALK_BURST_BYTES, before.bytes + earned) - bytes;
    if (left < 0) {
      throw new Refusal(ErrorCode.RATE_LIMITED, "too much is said at once; wait for a moment");
    }
    this.#left.set(speaker, { bytes: left, atMs: nowMs });
  }
}
