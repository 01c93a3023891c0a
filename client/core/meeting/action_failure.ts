import { ErrorCode } from "../../../proto/gen/dark_tower/signaling/v1/signaling_pb.ts";
import { SignalingError } from "../signaling/signaling_error.ts";
import { type ActionFailure, MeetingActionError } from "./meeting_actions.ts";

const FAILURE_BY_CODE: Readonly<Partial<Record<ErrorCode, ActionFailure>>> = {
  [ErrorCode.FORBIDDEN]: "not-allowed",
  [ErrorCode.UNAUTHORIZED]: "not-allowed",
  [ErrorCode.NOT_FOUND]: "gone",
  [ErrorCode.CONFLICT]: "gone",
  [ErrorCode.RATE_LIMITED]: "too-many",
  [ErrorCode.CAPACITY_EXCEEDED]: "too-many",
  [ErrorCode.INVALID_REQUEST]: "invalid",
  [ErrorCode.STREAM_ERROR]: "invalid",
};

/** What kept an action from being done. What is no refusal is a controller that did not answer. */
export function judgeAction(error: unknown): MeetingActionError {
  if (error instanceof MeetingActionError) return error;
  const reason = error instanceof SignalingError ? FAILURE_BY_CODE[error.code] : undefined;
  const message = error instanceof Error ? error.message : String(error);
  return new MeetingActionError(reason ?? "unavailable", message, { cause: error });
}
