import type {
  MeetingRecord,
  ParticipantRecord,
  PollRecord,
} from "../../../proto/gen/dark_tower/internal/v1/meeting_state_pb.ts";
import type {
  MessageReceived,
  VoteReceived,
} from "../../../proto/gen/dark_tower/signaling/v1/signaling_pb.ts";

/** A meeting as the owner before left it in the store. */
export interface RestoredMeeting {
  readonly meeting: MeetingRecord;
  readonly participants: readonly ParticipantRecord[];
  /** By their number. */
  readonly messages: readonly MessageReceived[];
  readonly polls: readonly PollRecord[];
  readonly votes: readonly VoteReceived[];
  /** The store's clock when it was read, as in `ParticipantRecord.lost_at`; milliseconds. */
  readonly nowMs: number;
}
