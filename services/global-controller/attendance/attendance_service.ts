import type { Caller } from "../auth/caller.ts";
import { findAdministeredMeeting } from "../meeting/administered_meeting.ts";
import type { MeetingStore } from "../meeting/meeting_store.ts";
import { ApiError } from "../rest/api_error.ts";
import { type Page, pageOf } from "../rest/cursor.ts";
import { isUuid } from "../rest/uuid.ts";
import type { Attendee, MeetingSession } from "./attendance.ts";
import type { AttendanceStore } from "./attendance_store.ts";

/** One page of a list. */
export interface ItemsPage<Item> {
  readonly items: Item[];
  readonly nextCursor: string | null;
}

/** Shows who was in meetings to those who administer them. */
export class AttendanceService {
  readonly #meetings: Pick<MeetingStore, "find">;
  readonly #attendance: AttendanceStore;

  constructor(options: { meetings: Pick<MeetingStore, "find">; attendance: AttendanceStore }) {
    this.#meetings = options.meetings;
    this.#attendance = options.attendance;
  }

  /** The newest first. @throws {ApiError} as `findAdministeredMeeting`. */
  async listSessions(caller: Caller, name: string, page: Page): Promise<ItemsPage<MeetingSession>> {
    const meetingId = await this.#find(caller, name);
    const rows = await this.#attendance.listSessions(meetingId, page);
    return pageOf(rows, page.limit, ({ key }) => key);
  }

  /**
   * A session with a page of who came, the latest first.
   *
   * @throws {ApiError} as `findAdministeredMeeting`, NOT_FOUND.
   */
  async getSession(
    caller: Caller,
    name: string,
    sessionId: string,
    page: Page,
  ): Promise<{ session: MeetingSession; attendance: ItemsPage<Attendee> }> {
    const meetingId = await this.#find(caller, name);
    const session = isUuid(sessionId)
      ? await this.#attendance.findSession(meetingId, sessionId)
      : undefined;
    if (session === undefined) {
      throw new ApiError(404, "NOT_FOUND", "there is no such session of the meeting");
    }
    const rows = await this.#attendance.listAttendees(meetingId, { sessionId }, page);
    return { session, attendance: pageOf(rows, page.limit, ({ key }) => key) };
  }

  /**
   * Who came to any session, the latest first.
   *
   * @param present true: those who are there now; false: those who have left.
   * @throws {ApiError} as `findAdministeredMeeting`.
   */
  async listParticipants(
    caller: Caller,
    name: string,
    present: boolean | undefined,
    page: Page,
  ): Promise<ItemsPage<Attendee>> {
    const meetingId = await this.#find(caller, name);
    const rows = await this.#attendance.listAttendees(meetingId, { present }, page);
    return pageOf(rows, page.limit, ({ key }) => key);
  }

  async #find(caller: Caller, name: string): Promise<string> {
    const found = await findAdministeredMeeting(this.#meetings, caller, "meetings:read", name);
    return found.meeting.meetingId;
  }
}
