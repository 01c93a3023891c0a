import { LeaveReason } from "../../../proto/gen/dark_tower/signaling/v1/signaling_pb.ts";
import type { Participant } from "../participant/participant.ts";
import type { MeetingContext } from "./meeting_context.ts";

/** What the others in a meeting, and the log, are told of somebody's session. */
export class SessionNews {
  /** @param epoch of the ownership of the meeting, for the log. */
  constructor(private readonly context: MeetingContext, private readonly epoch: bigint) {}

  /** Somebody is here, for the first time or again. */
  joined(participant: Participant): void {
    this.context.roster.broadcast({
      case: "participantJoined",
      value: { participant: participant.describe() },
    }, participant);
  }

  /** Somebody has left, or is away. */
  left({ id: participantId }: Participant, reason: LeaveReason): void {
    this.context.roster.broadcast({ case: "participantLeft", value: { participantId, reason } });
  }

  /** Role, hand or connection of somebody changed. */
  updated(participant: Participant, except?: Participant): void {
    this.context.roster.broadcast(
      { case: "participantUpdated", value: participant.describeChanges() },
      except,
    );
  }

  log(message: string, { id }: Participant, fields: Record<string, unknown> = {}): void {
    this.context.log.info(message, {
      participantId: id,
      epoch: String(this.epoch),
      participants: this.context.roster.size,
      ...fields,
    });
  }

  /** Logs that somebody is in the meeting no longer, and why. */
  logLeft(participant: Participant, reason: LeaveReason): void {
    this.log("participant left", participant, { reason: LeaveReason[reason] });
  }
}
