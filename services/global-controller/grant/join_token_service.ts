import type { MeetingRole } from "../auth/token/join_token.ts";
import type { Caller } from "../auth/caller.ts";
import { findAdministeredMeeting } from "../meeting/administered_meeting.ts";
import type { BanStore } from "../meeting/ban/ban_store.ts";
import { banned, checkIsOpen, checkIsUnlockedFor } from "../meeting/join/join_rules.ts";
import type { Joining } from "../meeting/join/join_service.ts";
import type { Meeting } from "../meeting/meeting.ts";
import type { MeetingStore } from "../meeting/meeting_store.ts";
import { placing } from "../meeting/placing.ts";
import type { MeetingPlacement } from "../region/meeting_placement.ts";
import { type Page, pageOf } from "../rest/cursor.ts";
import type { Expulsion } from "./expulsion.ts";
import { type Grant, orderGrants } from "./grant.ts";
import type { JoinTokenIssuer } from "./join_token_issuer.ts";
import type { JoinTokenStore } from "./join_token_store.ts";

/** What a backend wants a join token to say. */
export interface JoinTokenWishes {
  readonly role: MeetingRole;
  readonly grants?: readonly Grant[];
  readonly participantName?: string;
  readonly lifetimeS?: number;
  readonly userReference?: string;
}

/** Join tokens for backends that admit their own users, and for whoever wants them back. */
export class JoinTokenService {
  readonly #meetings: Pick<MeetingStore, "find">;
  readonly #placement: MeetingPlacement;
  readonly #issuer: JoinTokenIssuer;
  readonly #store: JoinTokenStore;
  readonly #expulsion: Expulsion;
  readonly #bans: Pick<BanStore, "judge">;

  constructor(options: {
    meetings: Pick<MeetingStore, "find">;
    placement: MeetingPlacement;
    issuer: JoinTokenIssuer;
    store: JoinTokenStore;
    expulsion: Expulsion;
    bans: Pick<BanStore, "judge">;
  }) {
    this.#meetings = options.meetings;
    this.#placement = options.placement;
    this.#issuer = options.issuer;
    this.#store = options.store;
    this.#expulsion = options.expulsion;
    this.#bans = options.bans;
  }

  /**
   * A token for somebody whom the caller vouches for: neither passcode nor account is asked for.
   *
   * @throws {ApiError} as `findAdministeredMeeting`, MEETING_ENDED, BANNED for the user
   * reference, MEETING_LOCKED, SERVICE_UNAVAILABLE.
   */
  async issue(caller: Caller, name: string, wishes: JoinTokenWishes): Promise<Joining> {
    const { meeting } = await this.#find(caller, "meetings:write", name);
    checkIsOpen(meeting);
    const { userReference } = wishes;
    if (userReference) {
      const verdict = await this.#bans.judge(meeting.meetingId, { userReference });
      if (verdict === "banned") throw banned();
    }
    checkIsUnlockedFor(wishes.role, meeting);
    const placement = await placing(() => this.#placement.place(meeting));
    const { role, grants, ...person } = wishes;
    const request = {
      ...person,
      meetingId: meeting.meetingId,
      controllerId: placement.controller.controllerId,
    };
    const ordered = grants && orderGrants(grants);
    const issued = await this.#issuer.issue(
      role === "host"
        ? { ...request, role, grants: ordered }
        : { ...request, role, grants: ordered ?? meeting.settings.defaultGrants },
    );
    return { meeting, placement, issued, mustKnock: false };
  }

  /** The newest first. @throws {ApiError} as `findAdministeredMeeting`. */
  async list(caller: Caller, name: string, page: Page) {
    const { meeting } = await this.#find(caller, "meetings:read", name);
    const rows = await this.#store.list(meeting.meetingId, page);
    return pageOf(rows, page.limit, ({ key }) => key);
  }

  /** @throws {ApiError} as `findAdministeredMeeting` and {@link Expulsion.revoke}. */
  async revoke(caller: Caller, name: string, tokenId: string): Promise<Meeting> {
    const { meeting } = await this.#find(caller, "meetings:write", name);
    await this.#expulsion.revoke(meeting.meetingId, tokenId);
    return meeting;
  }

  /** @throws {ApiError} as `findAdministeredMeeting` and {@link Expulsion.eject}. */
  async eject(
    caller: Caller,
    name: string,
    participantId: string,
  ): Promise<{ meeting: Meeting; ejectedNow: boolean }> {
    const { meeting } = await this.#find(caller, "meetings:write", name);
    return { meeting, ...await this.#expulsion.eject(meeting.meetingId, participantId) };
  }

  #find(caller: Caller, scope: "meetings:read" | "meetings:write", name: string) {
    return findAdministeredMeeting(this.#meetings, caller, scope, name);
  }
}
