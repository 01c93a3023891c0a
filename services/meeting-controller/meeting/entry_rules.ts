import { ErrorCode } from "../../../proto/gen/dark_tower/signaling/v1/signaling_pb.ts";
import type { Identity } from "../participant/participant.ts";
import type { Revocations } from "../token/revocations.ts";
import { Refusal } from "./refusal.ts";

/** Who may come into a meeting with a token that is valid by itself. */
export class EntryRules {
  constructor(
    private readonly options: {
      readonly revocations: Revocations;
      /** Nobody but hosts gets in. */
      readonly isLocked: () => boolean;
    },
  ) {}

  /**
   * Lets nobody in with these tokens, or as these participants, any more.
   *
   * @throws {Refusal} CAPACITY_EXCEEDED when there are too many.
   */
  revoke(ids: readonly string[]): void {
    for (const id of ids) this.options.revocations.add(id);
  }

  /** @throws {Refusal} UNAUTHORIZED when the token is revoked, FORBIDDEN when the meeting is locked. */
  check({ participantId, tokenId, role }: Identity): void {
    const { revocations, isLocked } = this.options;
    if (revocations.has(tokenId) || revocations.has(participantId)) {
      throw new Refusal(ErrorCode.UNAUTHORIZED, "the join token is revoked");
    }
    if (isLocked() && role !== "host") {
      throw new Refusal(ErrorCode.FORBIDDEN, "the meeting is locked");
    }
  }
}
