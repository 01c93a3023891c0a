import type { Operations, Schemas } from "../../../api_client/api_client.ts";

/** How meetings are divided for people. */
export const MEETING_TABS = ["upcoming", "open", "ended"] as const;
export type MeetingTab = typeof MEETING_TABS[number];

/** Planned meetings that are put in order at once. */
const UPCOMING_PAGE = 100;

type MeetingQuery = NonNullable<Operations["listMeetings"]["request"]["query"]>;

/**
 * What to ask the API for.
 *
 * @param now which planned meetings are still to come.
 * @param ownerId whose; undefined: everyone's.
 */
export function queryOf(tab: MeetingTab, now: Date, ownerId: string | undefined): MeetingQuery {
  const own = ownerId === undefined ? {} : { user_id: ownerId };
  switch (tab) {
    case "upcoming":
      return { ...own, active: "true", from: now.toISOString(), limit: UPCOMING_PAGE };
    case "open":
      return { ...own, active: "true", to: now.toISOString() };
    case "ended":
      return { ...own, active: "false" };
  }
}

/** The meetings as the tab shows them: what is next comes first, and of the past the latest. */
export function inOrder(
  tab: MeetingTab,
  meetings: readonly Schemas["MeetingSummary"][],
): readonly Schemas["MeetingSummary"][] {
  return tab === "upcoming" ? meetings.toReversed() : meetings;
}
