import type { PageKey } from "../rest/cursor.ts";
import type { Attendee, MeetingSession } from "./attendance.ts";

/** Something with its place in a list. */
export type Listed<Item> = Item & { readonly key: PageKey };

/** Which part of a list; stores answer one more than `limit` when there are more. */
export interface PageOf {
  readonly limit: number;
  readonly after?: PageKey;
}

/** A meeting controller that a participant may be at. */
export interface ParticipantController {
  readonly rpcEndpoint: string;
}

/** Who was in meetings, and when. */
export interface AttendanceStore {
  /** The newest first. */
  listSessions(meetingId: string, page: PageOf): Promise<Listed<MeetingSession>[]>;
  findSession(meetingId: string, sessionId: string): Promise<MeetingSession | undefined>;
  /**
   * Who came to a session, or to the meeting at all; the latest first.
   *
   * @param filter.present true: those who are there now; false: those who are not.
   */
  listAttendees(
    meetingId: string,
    filter: { readonly sessionId?: string; readonly present?: boolean },
    page: PageOf,
  ): Promise<Listed<Attendee>[]>;
  /** Undefined when nobody of that id was seen in the meeting. */
  findAttendee(meetingId: string, participantId: string): Promise<Attendee | undefined>;
  /** The meeting's controller, and the one that the participant was last seen at. */
  controllersOf(meetingId: string, participantId: string): Promise<ParticipantController[]>;
}
