import type { PageKey } from "../../rest/cursor.ts";
import type { BanVerdict, KnownPerson, MeetingBan } from "./ban.ts";

/** A ban with its place in a list. */
export type ListedBan = MeetingBan & { readonly key: PageKey };

/** Who was banned from meetings. Meeting controllers write the bans (meeting_bans). */
export interface BanStore {
  /** Whether somebody may come to the meeting, as far as bans go. */
  judge(meetingId: string, person: KnownPerson): Promise<BanVerdict>;
  /** The newest first; one more than `limit` when there are more. */
  list(
    meetingId: string,
    page: { readonly limit: number; readonly after?: PageKey },
  ): Promise<ListedBan[]>;
  /** Lifts a ban. @returns whose it was; undefined: there is no such ban of the meeting. */
  lift(meetingId: string, banId: string): Promise<MeetingBan | undefined>;
}
