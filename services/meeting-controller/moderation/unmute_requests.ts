import { ErrorCode } from "../../../proto/gen/dark_tower/signaling/v1/signaling_pb.ts";
import type { Clock } from "../clock.ts";
import { Refusal } from "../meeting/refusal.ts";

/** How often one may ask another to unmute, milliseconds. */
export const UNMUTE_REQUEST_INTERVAL_MS = 2_000;
/** Most pairs that are remembered at a time. */
export const MAX_REMEMBERED_REQUESTS = 10_000;

/** Keeps those who ask others to unmute from pestering them. */
export class UnmuteRequests {
  /** When each pair may ask again, monotonic milliseconds; the earliest first. */
  readonly #nextAtMs = new Map<string, number>();

  constructor(private readonly clock: Pick<Clock, "now">) {}

  /** @throws {Refusal} RATE_LIMITED when this one asked that one a moment ago. */
  check(askerId: string, askedId: string): void {
    const pair = `${askerId} ${askedId}`;
    const nowMs = this.clock.now();
    this.#forgetOver(nowMs);
    if (this.#nextAtMs.has(pair) || this.#nextAtMs.size >= MAX_REMEMBERED_REQUESTS) {
      throw new Refusal(ErrorCode.RATE_LIMITED, "asked a moment ago; wait for two seconds");
    }
    this.#nextAtMs.set(pair, nowMs + UNMUTE_REQUEST_INTERVAL_MS);
  }

  #forgetOver(nowMs: number): void {
    for (const [pair, nextAtMs] of this.#nextAtMs) {
      if (nextAtMs > nowMs) return;
      this.#nextAtMs.delete(pair);
    }
  }
}
