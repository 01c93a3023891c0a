/** Somebody who does not come back to a meeting. */
export interface MeetingBan {
  readonly banId: string;
  readonly meetingId: string;
  /** As whom the person was in the meeting. */
  readonly participantId: string;
  readonly participantName: string;
  /** The person's account; null: none. */
  readonly userId: string | null;
  /** What a backend that admits its own users calls the person; empty: nothing. */
  readonly userReference: string;
  /** Whether the person was a guest whose browser is known again. */
  readonly knowsBrowser: boolean;
  readonly bannedAt: Date;
}

/** What somebody who wants in is known by. */
export interface KnownPerson {
  readonly userId?: string | null;
  readonly userReference?: string;
  readonly guestId?: string;
  readonly network?: string;
}

/** "suspect": comes from the network of somebody who is banned. */
export type BanVerdict = "banned" | "suspect" | "welcome";
