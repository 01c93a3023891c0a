import type { Caller } from "../../auth/caller.ts";
import { hashGuestSecret } from "../../grant/guest_link.ts";
import type { IssuedJoinToken, JoinTokenIssuer } from "../../grant/join_token_issuer.ts";
import type { MeetingPlacement, Placement } from "../../region/meeting_placement.ts";
import type { CallerPlace } from "../../region/region_choice.ts";
import { ApiError } from "../../rest/api_error.ts";
import { findMeeting } from "../find_meeting.ts";
import type { JoinOrigins } from "./join_origins.ts";
import { checkIsOpen, type JoinCredentials, type JoinRules } from "./join_rules.ts";
import type { Meeting } from "../meeting.ts";
import type { MeetingStore } from "../meeting_store.ts";
import { placing } from "../placing.ts";

/** What one more participant needs. */
export interface Joining {
  readonly meeting: Meeting;
  readonly placement: Placement;
  readonly issued: IssuedJoinToken;
  /** Whether a host has to admit the person at the meeting controller. */
  readonly mustKnock: boolean;
}

/** What somebody shows to be let in, and where it comes from. */
export interface JoinWishes extends Omit<JoinCredentials, "origin"> {
  /** The secret in a guest's browser, by which it is known again. */
  readonly guestCookie?: string;
}

/** Lets people into meetings. */
export class JoinService {
  readonly #meetings: Pick<MeetingStore, "find">;
  readonly #placement: MeetingPlacement;
  readonly #tokens: JoinTokenIssuer;
  readonly #rules: JoinRules;
  readonly #origins: JoinOrigins;

  constructor(options: {
    meetings: Pick<MeetingStore, "find">;
    placement: MeetingPlacement;
    tokens: JoinTokenIssuer;
    rules: JoinRules;
    origins: JoinOrigins;
  }) {
    this.#meetings = options.meetings;
    this.#placement = options.placement;
    this.#tokens = options.tokens;
    this.#rules = options.rules;
    this.#origins = options.origins;
  }

  /**
   * Everything that one more participant needs.
   *
   * @param place where the caller is: a meeting that is nowhere yet is placed near the first one.
   * @throws {ApiError} as {@link JoinRules.admit}.
   */
  async join(
    caller: Caller,
    name: string,
    wishes: JoinWishes,
    place?: CallerPlace,
  ): Promise<Joining> {
    const meeting = await findMeeting(this.#meetings, name);
    const { guestCookie, ...shown } = wishes;
    const origin = this.#origins.of(meeting.meetingId, shown.addressGroup, guestCookie);
    const admittance = await this.#rules.admit(meeting, caller, { ...shown, origin });
    const { mustKnock } = admittance;
    const placement = await placing(() => this.#placement.place(meeting, place));
    const request = {
      meetingId: meeting.meetingId,
      controllerId: placement.controller.controllerId,
      mustKnock,
      ...origin,
      ...(caller.kind === "user" ? { userId: caller.userId } : {}),
    };
    if (admittance.by === "role") {
      const issued = await this.#tokens.issue({ ...request, ...admittance });
      return { meeting, placement, issued, mustKnock };
    }
    // Last, so that a use is counted only for somebody who gets in.
    const secretHash = await hashGuestSecret(admittance.secret);
    const issued = await this.#tokens.issueByGuestLink(request, secretHash);
    if (issued === undefined) {
      throw new ApiError(403, "GUEST_LINK_INVALID", "the link lets nobody in any more");
    }
    return { meeting, placement, issued, mustKnock };
  }

  /** Where the meeting is. @param place as of {@link join}. @throws {ApiError} */
  async endpoints(
    name: string,
    place?: CallerPlace,
  ): Promise<{ meeting: Meeting; placement: Placement }> {
    const meeting = await findMeeting(this.#meetings, name);
    checkIsOpen(meeting);
    return { meeting, placement: await placing(() => this.#placement.place(meeting, place)) };
  }
}
