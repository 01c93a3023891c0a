import { ErrorCode } from "../../../proto/gen/dark_tower/signaling/v1/signaling_pb.ts";
import { SignalingError, SignalingLostError } from "../signaling/signaling_error.ts";
import { CloseCode } from "../transport/webtransport_session.ts";
import { MeetingError } from "./meeting_state.ts";

/**
 * What an error means for the meeting: the failure when trying again is pointless, undefined when
 * it may help.
 */
export function finalFailure(error: unknown): MeetingError | undefined {
  if (error instanceof MeetingError) return error;
  if (error instanceof SignalingLostError) {
    switch (error.closeCode) {
      case CloseCode.meetingEnded:
        return new MeetingError("meeting-ended", "the meeting has ended", { cause: error });
      case CloseCode.removed:
        return new MeetingError("removed", "a host removed you", { cause: error });
      case CloseCode.superseded:
        return new MeetingError("superseded", "you joined from elsewhere", { cause: error });
    }
  }
  if (error instanceof SignalingError) {
    switch (error.code) {
      case ErrorCode.CAPACITY_EXCEEDED:
        return new MeetingError("meeting-full", "the meeting is full", { cause: error });
      case ErrorCode.FORBIDDEN:
        return new MeetingError("not-allowed", error.message, { cause: error });
      case ErrorCode.INVALID_REQUEST:
        return new MeetingError("protocol", error.message, { cause: error });
    }
  }
  return undefined;
}

/** True when the controller did not take the join token. */
export function isUnauthorized(error: unknown): boolean {
  return (error instanceof SignalingError && error.code === ErrorCode.UNAUTHORIZED) ||
    (error instanceof SignalingLostError && error.closeCode === CloseCode.unauthorized);
}
