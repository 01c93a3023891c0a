import { ErrorCode } from "../../../proto/gen/dark_tower/signaling/v1/signaling_pb.ts";
import { Refusal } from "./refusal.ts";

/** How much one process takes on. */
export interface Capacity {
  /** Meetings with somebody in them. */
  readonly maxMeetings: number;
  /** Participants of all meetings. */
  readonly maxParticipants: number;
}

/** How much a process has taken on. */
export interface Load {
  readonly meetings: number;
  readonly participants: number;
}

/**
 * Whether somebody new may come. Who is in a meeting and comes back is never asked: a meeting that
 * was running goes on, if need be beyond what the process would take by itself.
 *
 * @param isFirst nobody is in the meeting yet.
 * @throws {Refusal} CAPACITY_EXCEEDED.
 */
export function checkCapacity(
  { maxMeetings, maxParticipants }: Capacity,
  { meetings, participants }: Load,
  isFirst: boolean,
): void {
  if (participants >= maxParticipants || (isFirst && meetings >= maxMeetings)) {
    throw new Refusal(ErrorCode.CAPACITY_EXCEEDED, "this server has no room; try again later");
  }
}
