import { ErrorCode } from "../../../proto/gen/dark_tower/signaling/v1/signaling_pb.ts";
import type { Clock } from "../clock.ts";
import { Refusal } from "../meeting/refusal.ts";
import type { Participant } from "./participant.ts";

/**
 * What one participant may deliver to another at once, bytes: some 300 key messages of 140 bytes,
 * and a fraction of what an outbound queue holds.
 */
export const KEY_BURST_BYTES = 64 * 1024;
/** What one participant may deliver to another for any length of time, bytes per second. */
export const KEY_BYTES_PER_SECOND = 8 * 1024;
/** What a key message counts beside itself, bytes: its envelope names the sender and the epoch. */
export const KEY_OVERHEAD_BYTES = 64;

/** One key message to somebody who is here. */
export interface AddressedKey {
  readonly recipient: Participant;
  readonly message: Uint8Array;
}

interface Allowance {
  readonly bytes: number;
  readonly atMs: number;
}

/**
 * Bounds how many bytes of key messages one participant delivers to another: whoever is told more
 * than the connection carries is put out as too slow, and nobody is to do that to somebody else.
 * What is counted of a participant is forgotten with it.
 */
export class KeyAllowances {
  readonly #left = new WeakMap<Participant, WeakMap<Participant, Allowance>>();

  constructor(private readonly clock: Pick<Clock, "now">) {}

  /**
   * Lets all these messages of `sender` pass, or none.
   *
   * @throws {Refusal} RATE_LIMITED when it is too much for one of the recipients: then nothing
   * counts.
   */
  spend(sender: Participant, keys: readonly AddressedKey[]): void {
    const nowMs = this.clock.now();
    const before = this.#left.get(sender) ?? new WeakMap<Participant, Allowance>();
    const after = new Map<Participant, number>();
    for (const { recipient, message } of keys) {
      const bytes = after.get(recipient) ?? leftAt(before.get(recipient), nowMs);
      const left = bytes - message.length - KEY_OVERHEAD_BYTES;
      if (left < 0) {
        throw new Refusal(ErrorCode.RATE_LIMITED, "too many keys for one; wait for a moment");
      }
      after.set(recipient, left);
    }
    for (const [recipient, bytes] of after) before.set(recipient, { bytes, atMs: nowMs });
    this.#left.set(sender, before);
  }
}

function leftAt(allowance: Allowance | undefined, nowMs: number): number {
  if (allowance === undefined) return KEY_BURST_BYTES;
  const earned = (nowMs - allowance.atMs) / 1_000 * KEY_BYTES_PER_SECOND;
  return Math.min(KEY_BURST_BYTES, allowance.bytes + earned);
}
