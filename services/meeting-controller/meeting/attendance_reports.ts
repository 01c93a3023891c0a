import type { LeaveReason } from "../../../proto/gen/dark_tower/signaling/v1/signaling_pb.ts";
import type { Clock } from "../clock.ts";
import type { MeetingEvents } from "../events/meeting_events.ts";
import type { Participant } from "../participant/participant.ts";

/** Tells the global controller who came into a meeting, who went, and who was away. */
export class AttendanceReports {
  constructor(
    private readonly options: {
      readonly meetingId: string;
      readonly epoch: bigint;
      readonly events: MeetingEvents;
      readonly clock: Pick<Clock, "wallNow">;
    },
  ) {}

  /** The participant joined, or is back. */
  joined(participant: Participant): void {
    this.#report(participant, { type: "joined" });
  }

  /** The participant left, or is away. */
  left(participant: Participant, reason: LeaveReason): void {
    this.#report(participant, { type: "left", reason });
  }

  #report(
    participant: Participant,
    what: { type: "joined" } | { type: "left"; reason: LeaveReason },
  ): void {
    const { meetingId, epoch, events, clock } = this.options;
    events.report({
      ...what,
      occurredAt: clock.wallNow(),
      meetingId,
      epoch,
      participantId: participant.id,
      participantName: participant.name,
      role: participant.role,
      userId: participant.identity.userId,
      userReference: participant.identity.userReference,
    });
  }
}
