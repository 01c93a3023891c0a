import type { Caller } from "../../auth/caller.ts";
import { notFound } from "../../rest/api_error.ts";
import { type Page, pageOf } from "../../rest/cursor.ts";
import { isUuid } from "../../rest/uuid.ts";
import { findAdministeredMeeting } from "../administered_meeting.ts";
import type { Meeting } from "../meeting.ts";
import type { MeetingPropagation } from "../meeting_propagation.ts";
import type { MeetingStore } from "../meeting_store.ts";
import type { MeetingBan } from "./ban.ts";
import type { BanStore } from "./ban_store.ts";

/** Shows who is banned from a meeting, and lifts bans. Hosts ban people in the meeting itself. */
export class BanService {
  readonly #meetings: Pick<MeetingStore, "find">;
  readonly #bans: BanStore;
  readonly #propagation: MeetingPropagation;

  constructor(options: {
    meetings: Pick<MeetingStore, "find">;
    bans: BanStore;
    propagation: MeetingPropagation;
  }) {
    this.#meetings = options.meetings;
    this.#bans = options.bans;
    this.#propagation = options.propagation;
  }

  /** The newest first. @throws {ApiError} as `findAdministeredMeeting`. */
  async list(caller: Caller, name: string, page: Page) {
    const { meeting } = await this.#find(caller, "meetings:read", name);
    const rows = await this.#bans.list(meeting.meetingId, page);
    return pageOf(rows, page.limit, ({ key }) => key);
  }

  /**
   * Lets a banned person come again; {@link tellController} has to follow.
   *
   * @throws {ApiError} as `findAdministeredMeeting`, NOT_FOUND.
   */
  async lift(
    caller: Caller,
    name: string,
    banId: string,
  ): Promise<{ meeting: Meeting; ban: MeetingBan }> {
    const { meeting } = await this.#find(caller, "meetings:write", name);
    const ban = isUuid(banId) ? await this.#bans.lift(meeting.meetingId, banId) : undefined;
    if (ban === undefined) throw notFound("there is no such ban of the meeting");
    return { meeting, ban };
  }

  /** Has the controller of the running meeting read its bans again. @throws {ApiError} */
  async tellController(meetingId: string): Promise<void> {
    await this.#propagation.tell(meetingId);
  }

  #find(caller: Caller, scope: "meetings:read" | "meetings:write", name: string) {
    return findAdministeredMeeting(this.#meetings, caller, scope, name);
  }
}
