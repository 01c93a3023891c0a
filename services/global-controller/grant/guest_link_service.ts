import type { Caller } from "../auth/caller.ts";
import { findAdministeredMeeting } from "../meeting/administered_meeting.ts";
import { checkIsOpen } from "../meeting/join/join_rules.ts";
import { DEFAULT_GRANTS, type DefaultGrant, type Meeting } from "../meeting/meeting.ts";
import type { MeetingStore } from "../meeting/meeting_store.ts";
import { ApiError, invalidRequest } from "../rest/api_error.ts";
import { type Page, pageOf } from "../rest/cursor.ts";
import { isUuid } from "../rest/uuid.ts";
import { createGuestSecret, type GuestLink, guestLinkUrl, hashGuestSecret } from "./guest_link.ts";
import type { GuestLinkStore } from "./guest_link_store.ts";

/** What the maker of a link may choose. */
export interface GuestLinkWishes {
  readonly label?: string;
  readonly grants?: readonly DefaultGrant[];
  readonly maxUses?: number;
  readonly expiresAt?: Date;
}

/** Makes links that admit guests, and takes them back. */
export class GuestLinkService {
  readonly #meetings: Pick<MeetingStore, "find">;
  readonly #links: GuestLinkStore;
  readonly #meetingUrl: (code: string) => string;
  readonly #now: () => number;

  constructor(options: {
    meetings: Pick<MeetingStore, "find">;
    links: GuestLinkStore;
    /** The link that people open to join a meeting. */
    meetingUrl: (code: string) => string;
    /** Milliseconds since the Unix epoch. */
    now?: () => number;
  }) {
    this.#meetings = options.meetings;
    this.#links = options.links;
    this.#meetingUrl = options.meetingUrl;
    this.#now = options.now ?? (() => Date.now());
  }

  /**
   * The secret is in the answer's `url` and nowhere else.
   *
   * @throws {ApiError} as `findAdministeredMeeting`, MEETING_ENDED, INVALID_REQUEST.
   */
  async create(
    caller: Caller,
    name: string,
    wishes: GuestLinkWishes,
  ): Promise<{ meeting: Meeting; link: GuestLink; url: string }> {
    const { meeting } = await this.#find(caller, "meetings:write", name);
    checkIsOpen(meeting);
    const { label = "", maxUses = null, expiresAt = null } = wishes;
    if (expiresAt !== null && expiresAt.getTime() <= this.#now()) {
      throw invalidRequest("expires_at is in the past");
    }
    const wanted = wishes.grants ?? meeting.settings.defaultGrants;
    const secret = createGuestSecret();
    const link = await this.#links.create({
      meetingId: meeting.meetingId,
      secretHash: await hashGuestSecret(secret),
      label,
      grants: DEFAULT_GRANTS.filter((grant) => wanted.includes(grant)),
      maxUses,
      expiresAt,
    });
    return { meeting, link, url: guestLinkUrl(this.#meetingUrl(meeting.code), secret) };
  }

  /** The newest first. @throws {ApiError} as `findAdministeredMeeting`. */
  async list(caller: Caller, name: string, page: Page) {
    const { meeting } = await this.#find(caller, "meetings:read", name);
    const rows = await this.#links.list(meeting.meetingId, page);
    return pageOf(rows, page.limit, ({ key }) => key);
  }

  /**
   * The link admits nobody any more; those who are in stay.
   *
   * @throws {ApiError} as `findAdministeredMeeting`, NOT_FOUND.
   */
  async revoke(caller: Caller, name: string, linkId: string): Promise<Meeting> {
    const { meeting } = await this.#find(caller, "meetings:write", name);
    if (!isUuid(linkId) || !await this.#links.revoke(meeting.meetingId, linkId)) {
      throw new ApiError(404, "NOT_FOUND", "there is no such guest link of the meeting");
    }
    return meeting;
  }

  #find(caller: Caller, scope: "meetings:read" | "meetings:write", name: string) {
    return findAdministeredMeeting(this.#meetings, caller, scope, name);
  }
}
