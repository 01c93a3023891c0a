import type { AttendeeRole, ParticipantLeaveReason } from "../events/participant_change.ts";

/** One run of a meeting: from the first one in to the last one out who is not back in time. */
export interface MeetingSession {
  readonly sessionId: string;
  readonly meetingId: string;
  readonly startedAt: Date;
  /** Null: it goes on. */
  readonly endedAt: Date | null;
  /** The most that were there at the same time. */
  readonly peakParticipants: number;
  /** How many came altogether. */
  readonly participantCount: number;
}

/** Somebody who is or was in a meeting. */
export interface Attendee {
  readonly participantId: string;
  readonly sessionId: string | null;
  readonly name: string;
  readonly role: AttendeeRole;
  /** The person's account. */
  readonly userId: string | null;
  /** What a backend that admits its own users calls the person; empty: nothing. */
  readonly userReference: string;
  readonly joinedAt: Date;
  /** Null: still there. */
  readonly leftAt: Date | null;
  readonly leaveReason: ParticipantLeaveReason | null;
}
