import type { ParticipantChange } from "../events/participant_change.ts";
import type {
  Meeting,
  MeetingAssignment,
  MeetingReference,
  MeetingSummary,
  NewMeeting,
} from "./meeting.ts";

/** Which of an organisation's meetings to list. */
export interface MeetingQuery {
  readonly organisationId: string;
  /** A user id or a client id: only what that one owns. */
  readonly ownerId?: string;
  /** True: those that have not ended; false: those that have. */
  readonly active?: boolean;
  readonly limit: number;
}

/** Meetings and who is in them. */
export interface MeetingStore {
  /** Stores a new meeting; undefined when its code is taken. */
  create(meeting: NewMeeting): Promise<{ createdAt: Date } | undefined>;
  /** The meeting with its assignment, in one round trip. */
  find(reference: MeetingReference): Promise<Meeting | undefined>;
  /** The newest first; `total` counts all that match. */
  list(query: MeetingQuery): Promise<{ meetings: MeetingSummary[]; total: number }>;
  /**
   * Ends a meeting, and with it the presence of its participants. Idempotent.
   *
   * @returns whether there is such a meeting.
   */
  end(meetingId: string): Promise<boolean>;
  /**
   * Moves a meeting that has not ended from `previousControllerId` (null: from none) to another
   * assignment. Those that the previous controller had reported as present are marked lost, unless
   * it stays the controller.
   *
   * @returns false when the meeting has ended or somebody else moved it first.
   */
  assign(
    meetingId: string,
    previousControllerId: string | null,
    assignment: MeetingAssignment,
  ): Promise<boolean>;
  /** Applies reports; those about unknown meetings are dropped. Idempotent, in any order. */
  recordParticipants(controllerId: string, changes: readonly ParticipantChange[]): Promise<void>;
  /** Marks those lost whose controller is no longer registered. @returns how many. */
  releaseLostParticipants(): Promise<number>;
  /** Takes back the losses of a controller that is back. @returns how many. */
  restoreParticipants(controllerId: string): Promise<number>;
}
