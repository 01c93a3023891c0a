import { ErrorCode } from "../../../proto/gen/dark_tower/signaling/v1/signaling_pb.ts";
import type { Bans } from "../moderation/bans.ts";
import type { GivenRoles } from "../moderation/given_roles.ts";
import { CloseCode } from "../participant/close_code.ts";
import type { Identity } from "../participant/participant.ts";
import type { Revocations } from "../token/revocations.ts";
import type { MeetingSettings } from "./meeting_settings.ts";
import { Refusal } from "./refusal.ts";

/** Who may come into a meeting with a token that is valid by itself. */
export class EntryRules {
  constructor(
    private readonly options: {
      readonly revocations: Revocations;
      readonly bans: Bans;
      readonly roles: GivenRoles;
      readonly settings: () => MeetingSettings;
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

  /**
   * @param isAdmitted a moderator let the person in from the lobby, locked or not.
   * @throws {Refusal} UNAUTHORIZED when the token is revoked, FORBIDDEN when the meeting is locked,
   * FORBIDDEN with the close code BANNED.
   */
  check(identity: Identity, isAdmitted = false): void {
    const { revocations, roles, settings } = this.options;
    this.checkBans(identity);
    if (revocations.has(identity.tokenId) || revocations.has(identity.participantId)) {
      throw new Refusal(ErrorCode.UNAUTHORIZED, "the join token is revoked");
    }
    if (settings().locked && !isAdmitted && roles.roleOf(identity) !== "host") {
      throw new Refusal(ErrorCode.FORBIDDEN, "the meeting is locked");
    }
  }

  /** @throws {Refusal} FORBIDDEN with the close code BANNED. */
  checkBans(identity: Identity): void {
    if (!this.options.bans.has(identity)) return;
    throw new Refusal(ErrorCode.FORBIDDEN, "a moderator banned this person from the meeting", {
      closeCode: CloseCode.BANNED,
    });
  }

  /** Whether a moderator has to admit the person before it gets in. */
  mustKnock(identity: Identity): boolean {
    const { bans, roles, settings } = this.options;
    if (roles.roleOf(identity) !== "participant") return false;
    const isGuest = identity.userId === "" && identity.userReference === "";
    if (isGuest && bans.hasNetworkOf(identity)) return true;
    return identity.mustKnock && settings().lobbyEnabled;
  }
}
