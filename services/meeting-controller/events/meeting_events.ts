import type { LeaveReason } from "../../../proto/gen/dark_tower/signaling/v1/signaling_pb.ts";
import type { Role } from "../participant/participant.ts";

/** What became of a participant, for the global controller's record. */
export type MeetingOccurrence = {
  readonly meetingId: string;
  readonly participantId: string;
  readonly participantName: string;
  readonly role: Role;
  /** The person's account; empty: none. */
  readonly userId: string;
  /** What a backend that admits its own users calls the person; empty: nothing. */
  readonly userReference: string;
  /** Milliseconds since the Unix epoch. */
  readonly occurredAt: number;
  /** Under which the meeting is owned here: by it the order of two owners' reports is known. */
  readonly epoch?: bigint;
} & ({ readonly type: "joined" } | { readonly type: "left"; readonly reason: LeaveReason });

/** Takes what happened, in order; never waits and never throws. */
export interface MeetingEvents {
  report(occurrence: MeetingOccurrence): void;
}
