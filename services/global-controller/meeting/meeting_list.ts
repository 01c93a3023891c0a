import type { Page } from "../rest/cursor.ts";
import type { MeetingStatus, MeetingSummary } from "./meeting.ts";

/** Up to this many meetings are counted for `total`; beyond it a list says that there are more. */
export const EXACT_TOTAL_LIMIT = 1_000;

/** Which of an organisation's meetings to list. */
export interface MeetingQuery {
  readonly organisationId: string;
  /** A user id or a client id: only what that one owns. */
  readonly ownerId?: string;
  readonly roomId?: string;
  /** "open": those that have not ended, whether or not somebody is in them. */
  readonly status?: MeetingStatus | "open";
  /** Meetings that start then or later; one without a schedule starts when it is created. */
  readonly from?: Date;
  /** Meetings that start before. */
  readonly to?: Date;
  readonly page: Page;
}

/** A page of meetings. */
export interface MeetingPage {
  /** The latest start first. */
  readonly meetings: readonly MeetingSummary[];
  readonly nextCursor: string | null;
  /** How many match on all pages, EXACT_TOTAL_LIMIT at most. */
  readonly total: number;
  /** False: there are more than `total`. */
  readonly totalIsExact: boolean;
}

/** Finds meetings. */
export interface MeetingList {
  page(query: MeetingQuery): Promise<MeetingPage>;
}
