import type { ParticipantChange } from "../events/participant_change.ts";
import type {
  Meeting,
  MeetingAssignment,
  MeetingDefinition,
  MeetingReference,
  MeetingSummary,
  NewMeeting,
} from "./meeting.ts";

/**
 * Decides what a meeting becomes; undefined: it stays as it is. What it throws reaches the caller of
 * `change`, and nothing changes.
 *
 * @param held whether anybody has ever been in the meeting.
 */
export type MeetingDecision = (
  meeting: MeetingSummary,
  held: boolean,
) => MeetingDefinition | undefined;

/** Meetings and who is in them. What becomes of an organisation's meeting is an event with it. */
export interface MeetingStore {
  /**
   * Stores a new meeting; undefined when its code is taken, its room has an open meeting, or its
   * organisation has as many open meetings as it may.
   */
  create(meeting: NewMeeting): Promise<MeetingSummary | undefined>;
  /** The meeting with its assignment, in one round trip. */
  find(reference: MeetingReference): Promise<Meeting | undefined>;
  /**
   * Changes a meeting as `decide` says, whom nobody else's change interrupts.
   *
   * @returns undefined when there is no such meeting.
   */
  change(
    meetingId: string,
    decide: MeetingDecision,
  ): Promise<{ meeting: MeetingSummary; changed: boolean } | undefined>;
  /**
   * Ends a meeting, and with it the presence of its participants. Idempotent.
   *
   * @returns whether it had not ended before; undefined when there is no such meeting.
   */
  end(meetingId: string): Promise<{ endedNow: boolean } | undefined>;
  /**
   * Moves a meeting that has not ended from `previousControllerId` (null: from none) to another
   * assignment. Those that the previous controller had reported as present are marked lost, unless
   * it stays the controller; of a meeting that was owned under a lease they are but doubted, since
   * they may resume at the next owner.
   *
   * @returns false when the meeting has ended, somebody else moved it first, or another controller
   * owns it.
   */
  assign(
    meetingId: string,
    previousControllerId: string | null,
    assignment: MeetingAssignment,
  ): Promise<boolean>;
  /** Applies reports; those about unknown meetings are dropped. Idempotent, in any order. */
  recordParticipants(controllerId: string, changes: readonly ParticipantChange[]): Promise<void>;
  /**
   * Marks those lost whose controller is no longer registered, or has not had their meeting for long,
   * unless the meeting has an owner.
   *
   * @returns how many.
   */
  releaseLostParticipants(): Promise<number>;
  /** Ends the runs whose last ones were lost and are not back in time. @returns how many. */
  endHeldSessions(): Promise<number>;
  /** Takes back the losses of a controller that is back. @returns how many. */
  restoreParticipants(controllerId: string): Promise<number>;
}
