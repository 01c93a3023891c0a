import { ErrorCode } from "../../../proto/gen/dark_tower/signaling/v1/signaling_pb.ts";
import { SignalingError, SignalingLostError } from "../signaling/signaling_error.ts";
import { CloseCode } from "../transport/webtransport_session.ts";
import { MeetingError, type MeetingFailure } from "./meeting_state.ts";

/** How long joining is tried while the servers cannot be reached, milliseconds. */
export const JOIN_LIMIT_MS = 30_000;
/**
 * How long joining is tried against a refusal that may be passing, milliseconds: a controller or a
 * media handler that has just been started does not know everything yet.
 */
export const REFUSAL_LIMIT_MS = 10_000;
/** How long a refused token is replaced by fresh ones, milliseconds. */
export const UNAUTHORIZED_LIMIT_MS = 3_000;

/** What an error means for the meeting. */
export interface Verdict {
  readonly failure: MeetingError;
  /** How long to go on trying, since the first attempt, milliseconds; 0: trying is pointless. */
  readonly retryForMs: number;
}

/** True for close codes after which a session is not resumed: somebody decided so. */
export function isFinalClose(closeCode: number | undefined): boolean {
  return closeCode !== undefined && FINAL_CLOSES.has(closeCode);
}

const FINAL_CLOSES: ReadonlySet<number> = new Set([
  CloseCode.meetingEnded,
  CloseCode.removed,
  CloseCode.superseded,
  CloseCode.denied,
  CloseCode.banned,
]);

/** Judges what ended a session or an attempt to join. */
export function judgeFailure(error: unknown): Verdict {
  if (error instanceof MeetingError) {
    return { failure: error, retryForMs: error.reason === "unreachable" ? JOIN_LIMIT_MS : 0 };
  }
  if (error instanceof SignalingLostError) {
    switch (error.closeCode) {
      case CloseCode.meetingEnded:
        return verdict("meeting-ended", "the meeting has ended", 0, error);
      case CloseCode.removed:
        return verdict("removed", "you were removed from the meeting", 0, error);
      case CloseCode.denied:
        return verdict("not-admitted", "nobody let you in", 0, error);
      case CloseCode.banned:
        return verdict("banned", "you may not come back to this meeting", 0, error);
      case CloseCode.superseded:
        return verdict("superseded", "you joined from elsewhere", 0, error);
      case CloseCode.unauthorized:
        return verdict("not-allowed", error.message, UNAUTHORIZED_LIMIT_MS, error);
    }
  }
  if (error instanceof SignalingError) {
    switch (error.code) {
      case ErrorCode.FORBIDDEN:
        return verdict("not-allowed", error.message, 0, error);
      case ErrorCode.INVALID_REQUEST:
        return verdict("protocol", error.message, 0, error);
      case ErrorCode.UNAUTHORIZED:
        return verdict("not-allowed", error.message, UNAUTHORIZED_LIMIT_MS, error);
      case ErrorCode.CAPACITY_EXCEEDED:
        return verdict("meeting-full", error.message, REFUSAL_LIMIT_MS, error);
      case ErrorCode.NOT_FOUND:
        return verdict("meeting-not-found", error.message, REFUSAL_LIMIT_MS, error);
    }
  }
  return verdict("unreachable", "the servers cannot be reached", JOIN_LIMIT_MS, error);
}

function verdict(
  reason: MeetingFailure,
  message: string,
  retryForMs: number,
  cause: unknown,
): Verdict {
  return { failure: new MeetingError(reason, message, { cause }), retryForMs };
}
