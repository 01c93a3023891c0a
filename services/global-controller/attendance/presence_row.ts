import type { ParticipantLeaveReason } from "../events/participant_change.ts";

/** A meeting whose participants change, locked until the transaction ends. */
export interface LockedMeeting {
  readonly meetingId: string;
  readonly code: string;
  readonly organisationId: string | null;
  /** Null: it has not. */
  readonly endedAt: Date | null;
  /** When the transaction began, by the database's clock. */
  readonly now: Date;
}

/** A participant as the database has it. */
export interface PresenceRow {
  readonly participant_id: string;
  readonly meeting_id: string;
  readonly session_id: string | null;
  readonly user_id: string | null;
  readonly user_reference: string;
  readonly role: string;
  readonly name: string;
  readonly joined_at: Date | null;
  readonly left_at: Date | null;
  readonly leave_reason: ParticipantLeaveReason | null;
}

/** A participant before and after a change; before: undefined when nobody knew of it. */
export interface PresenceTransition {
  readonly before: Pick<PresenceRow, "joined_at" | "left_at"> | undefined;
  readonly after: PresenceRow;
}
