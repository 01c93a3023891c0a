import { ErrorCode } from "../../../proto/gen/dark_tower/signaling/v1/signaling_pb.ts";
import type { Clock } from "../clock.ts";
import { Refusal } from "../meeting/refusal.ts";
import { JOIN_TOKEN_VALIDITY_MS } from "./join_token.ts";

/** Most revocations that one meeting remembers at a time. */
export const MAX_REVOCATIONS = 10_000;

/**
 * Join tokens, and participants with all of theirs, that let nobody into a meeting any more.
 * Remembered for as long as any such token may be valid.
 */
export class Revocations {
  /** When each may be forgotten, monotonic milliseconds; the earliest first. */
  readonly #forgetAtMs = new Map<string, number>();

  constructor(
    private readonly options: { readonly clock: Pick<Clock, "now">; readonly limit?: number },
  ) {}

  /**
   * Revokes a token by its `jti`, or a participant by the id.
   *
   * @throws {Refusal} CAPACITY_EXCEEDED: rather than forget one that still matters.
   */
  add(id: string): void {
    const nowMs = this.options.clock.now();
    this.#forgetExpired(nowMs);
    this.#forgetAtMs.delete(id);
    if (this.#forgetAtMs.size >= (this.options.limit ?? MAX_REVOCATIONS)) {
      throw new Refusal(ErrorCode.CAPACITY_EXCEEDED, "too many revocations to remember another");
    }
    this.#forgetAtMs.set(id, nowMs + JOIN_TOKEN_VALIDITY_MS);
  }

  /** Whether the token or the participant is revoked. */
  has(id: string): boolean {
    const forgetAtMs = this.#forgetAtMs.get(id);
    return forgetAtMs !== undefined && forgetAtMs > this.options.clock.now();
  }

  #forgetExpired(nowMs: number): void {
    for (const [id, forgetAtMs] of this.#forgetAtMs) {
      if (forgetAtMs > nowMs) return;
      this.#forgetAtMs.delete(id);
    }
  }
}
