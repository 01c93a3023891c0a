import {
  ErrorCode,
  type ErrorMessage,
  type MeetingControllerInfo,
} from "../../../proto/gen/dark_tower/signaling/v1/signaling_pb.ts";

/** The meeting controller refused a request. */
export class SignalingError extends Error {
  override readonly name = "SignalingError";
  /** What was wrong, from the answer. */
  readonly code: ErrorCode;
  readonly details: Readonly<Record<string, string>>;
  /** Where the meeting is, when the code is MOVED and the controller knows. */
  readonly controller: MeetingControllerInfo | undefined;

  constructor(
    answer: Pick<ErrorMessage, "code" | "message" | "details"> & Partial<ErrorMessage>,
  ) {
    super(`${ErrorCode[answer.code] ?? answer.code}: ${answer.message}`);
    this.code = answer.code;
    this.details = answer.details;
    this.controller = answer.controller;
  }
}

/** Why a signaling session is gone. */
export type SignalingLossReason =
  /** The server ended it; see `closeCode`. */
  | "closed"
  /** The connection failed, or nothing was heard any more. */
  | "connection-lost"
  /** The server broke the protocol. */
  | "protocol"
  /** The server spoke for an ownership of the meeting that has ended. */
  | "stale-epoch";

/** The signaling session ended while something still needed it. */
export class SignalingLostError extends Error {
  override readonly name = "SignalingLostError";
  constructor(
    readonly reason: SignalingLossReason,
    message: string,
    /** The close code when the server gave one. */
    readonly closeCode?: number,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}
